using System.Text;
using System.Text.Unicode;

namespace Dml.Api.Imports.Archives;

/// <summary>The name of an entry, decoded so that different bytes never become the same name.</summary>
/// <param name="Text">The name.</param>
/// <param name="Encoding">The encoding that was assumed because the bytes are not UTF-8; null for UTF-8.</param>
internal readonly record struct EntryName(string Text, string? Encoding = null)
{
    /// <summary>The longest name that is read. Paths have at most 4,096 bytes on every common system.</summary>
    public const int MostCharacters = 4096;

    private static readonly Encoding CodePage437 = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

    /// <summary>The name, or the beginning of one that is too long to be read.</summary>
    public string Short => Text.Length <= MostCharacters ? Text : Text[..100] + "…";

    /// <summary>Decodes a name of a tar archive, whose headers do not tell their encoding.</summary>
    public static EntryName OfTar(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes)
        ? new EntryName(System.Text.Encoding.UTF8.GetString(bytes))
        : new EntryName(System.Text.Encoding.Latin1.GetString(bytes), "latin1");

    /// <summary>Decodes a name of a zip archive. Many programs write UTF-8 and do not say so; the others write code page 437.</summary>
    public static EntryName OfZip(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes)
        ? new EntryName(System.Text.Encoding.UTF8.GetString(bytes))
        : new EntryName(CodePage437.GetString(bytes), "cp437");
}
