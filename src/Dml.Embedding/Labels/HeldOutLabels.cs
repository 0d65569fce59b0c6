using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dml.Embedding.Labels;

/// <summary>
/// Decides which labels no training may learn from. The label's own hash decides, so that the service and every training run hold the
/// same labels out, whatever is added to the catalogue: otherwise tonight's test would measure what last night learnt.
/// </summary>
public static class HeldOutLabels
{
    /// <summary>Whether a label is among the held-out <paramref name="share"/> (0 to 1) of all labels.</summary>
    public static bool Contains(string label, double share)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(label), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) < share * (uint.MaxValue + 1.0);
    }
}
