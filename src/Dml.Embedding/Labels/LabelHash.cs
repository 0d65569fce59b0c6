using System.Security.Cryptography;
using System.Text;

namespace Dml.Embedding.Labels;

/// <summary>
/// The form in which <c>model.json</c> names the labels that an embedder was trained on. A hash keeps the manifest short and does not
/// publish the words of a private catalogue.
/// </summary>
public static class LabelHash
{
    /// <summary>Hexadecimal digits of a hash.</summary>
    public const int Digits = 16;

    /// <summary>The first 16 lower-case hexadecimal digits of the SHA-256 of the label in UTF-8.</summary>
    public static string Of(string label) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(label)))[..Digits];

    /// <summary>The hashes of different labels, in ascending order.</summary>
    public static IReadOnlyList<string> OfAll(IEnumerable<string> labels) =>
        [.. labels.Select(Of).Distinct().Order(StringComparer.Ordinal)];
}
