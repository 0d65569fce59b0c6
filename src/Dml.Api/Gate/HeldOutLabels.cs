using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dml.Api.Gate;

/// <summary>
/// Which labels no retraining may learn from. A label's own hash decides, so that the same labels are held out night
/// after night, whatever else comes into the catalogue: else tonight's test would be on what last night learnt.
/// </summary>
internal static class HeldOutLabels
{
    /// <summary>Whether a label is among the held-out <paramref name="share"/> (0 to 1) of all labels.</summary>
    public static bool Contains(string label, double share)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(label), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) < share * (uint.MaxValue + 1.0);
    }
}
