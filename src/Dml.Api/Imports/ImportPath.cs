using System.Text;
using Dml.Api.Imports.Archives;
using Dml.Embedding.Labels;

namespace Dml.Api.Imports;

/// <summary>
/// The path of a file in an import, the same for every source: relative to the top, with '/' between folders, in Normalization Form C,
/// without "." and "..". Id and label of the item follow from it.
/// </summary>
internal sealed class ImportPath
{
    private readonly string _key;

    private ImportPath(string text, string key, string? problem, bool isHidden) =>
        (Text, _key, Problem, IsHidden) = (text, key, problem, isHidden);

    public string Text { get; }

    /// <summary>The name of its folder; null at the top.</summary>
    public string? Label => TryGetLabel(Text.Split('/'), out var label) ? label : null;

    /// <summary>Why no file with this path is imported; null if it may be.</summary>
    public string? Problem { get; }

    /// <summary>Whether the file or one of its folders is hidden.</summary>
    public bool IsHidden { get; }

    public string Id => ImportItemId.Of(Text, _key);

    /// <summary>The path for people: what cannot be seen is written as its number.</summary>
    public string Shown
    {
        get
        {
            var shown = new StringBuilder();
            foreach (var rune in Text.EnumerateRunes())
            {
                _ = VisibleText.Is(rune) ? shown.Append(rune.ToString()) : shown.Append($"<U+{rune.Value:X4}>");
            }

            return shown.ToString();
        }
    }

    /// <summary>The path with the name that a source has for it.</summary>
    public static ImportPath Of(EntryName name)
    {
        if (name.Text.Length > EntryName.MostCharacters)
        {
            return Refused(
                name.Short, $"The path has {name.Text.Length} characters; at most {EntryName.MostCharacters} are read.");
        }

        if (!ComposedText.TryCompose(name.Text, out var text))
        {
            return Refused(name.Text, ComposedText.Rule);
        }

        var parts = new List<string>();
        foreach (var part in text.Replace('\\', '/').Split('/').Where(part => part is not ("" or ".")))
        {
            if (part != "..")
            {
                parts.Add(part);
            }
            else if (parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else
            {
                return Refused(text, "The path leads out of the import.");
            }
        }

        return parts.Count == 0 ? Refused(text, "The path names no file.") : Of(parts, name.Encoding);
    }

    /// <summary>Whether two paths are the same.</summary>
    public override bool Equals(object? obj) => obj is ImportPath other && other._key == _key;

    public override int GetHashCode() => _key.GetHashCode(StringComparison.Ordinal);

    private static ImportPath Of(List<string> parts, string? encoding)
    {
        var text = string.Join('/', parts);
        return new ImportPath(
            text,
            // A path does not begin with '/', so that a name in another encoding is never taken for one in UTF-8.
            encoding is null ? text : $"/{encoding}/{text}",
            TryGetLabel(parts, out _) ? null : $"The name of the folder cannot be a label. {Catalogue.Label.Rule}",
            parts.Any(part => part.StartsWith('.') || part == "__MACOSX"));
    }

    private static bool TryGetLabel(IReadOnlyList<string> parts, out string? label) =>
        Catalogue.Label.TryParse(parts.Count > 1 ? parts[^2] : null, out label);

    private static ImportPath Refused(string text, string problem) => new(text, text, problem, false);
}
