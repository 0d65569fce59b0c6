using System.Diagnostics.CodeAnalysis;

namespace Dml.Api.Catalogue;

/// <summary>
/// The SHA-256 of a picture, which is also its name in the store; a request names a picture itself instead of an item by
/// <c>sha256:</c> and its hash.
/// </summary>
internal static class PictureHash
{
    private const string Prefix = "sha256:";

    /// <summary>Whether it is 64 hexadecimal digits in lower case.</summary>
    public static bool IsValid(string sha256) => sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower);

    public static string Write(string sha256) => Prefix + sha256;

    /// <summary>Whether a name is a picture's; then its hash in lower case, valid or not.</summary>
    public static bool TryRead(string name, [NotNullWhen(true)] out string? sha256)
    {
        sha256 = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..].ToLowerInvariant() : null;
        return sha256 is not null;
    }
}
