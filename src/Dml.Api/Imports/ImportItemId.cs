using System.Security.Cryptography;
using System.Text;
using Dml.Api.Catalogue;

namespace Dml.Api.Imports;

/// <summary>
/// Derives an imported file's item id from its path alone, so that repeating an import yields the same items.
/// <c>apple/one.png</c> becomes <c>apple.one.png</c>; an ambiguous path gets a part of its hash appended.
/// </summary>
internal static class ImportItemId
{
    private const int MostReadable = 110;
    private const int HashDigits = 12;

    /// <summary>The id of a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="key">What tells the path from every other one: the path itself, unless its encoding was guessed.</param>
    public static string Of(string path, string key)
    {
        var id = path.Replace('/', '.');
        var folders = path.Split('/')[..^1];
        var isPlain = ItemId.IsValid(id)
            && !folders.Any(folder => folder.Contains('.', StringComparison.Ordinal))
            && !Path.GetFileNameWithoutExtension(path).Contains('.', StringComparison.Ordinal);
        if (isPlain)
        {
            return id;
        }

        var readable = new string([.. id.Select(c => ItemId.IsValid($"x{c}") ? c : '-')]);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..HashDigits];
        return $"{readable[Math.Max(0, readable.Length - MostReadable)..]}-{hash}";
    }
}
