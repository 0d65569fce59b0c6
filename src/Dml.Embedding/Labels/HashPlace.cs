using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dml.Embedding.Labels;

/// <summary>
/// A place between 0 and 1 that a text gets from its own SHA-256. What is chosen by it stays chosen, whatever is added beside it and in
/// whatever order it comes.
/// </summary>
public static class HashPlace
{
    /// <summary>The first 32 bits of the SHA-256 of the text in UTF-8, as a fraction: 0 to below 1.</summary>
    public static double Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / (uint.MaxValue + 1.0);
    }
}
