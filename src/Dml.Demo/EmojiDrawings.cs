namespace Dml.Demo;

/// <summary>
/// The demo catalogue: drawings of the same emoji by several vendors. A concept is a name that at least four of the nine sets
/// draw. Variants with other skin tones are left out.
/// </summary>
public sealed class EmojiDrawings
{
    private const int FewestSets = 4;

    // In alphabetical order, which decides among spellings of equal length for the name of a concept.
    private static readonly string[] SetNames =
    [
        "emojione", "emojione-monotone", "fluent-emoji-flat", "fluent-emoji-high-contrast", "fxemoji",
        "noto", "noto-v1", "streamline-emojis", "twemoji",
    ];

    private EmojiDrawings(List<EmojiSet> sets, List<EmojiDrawing> drawings, List<string> concepts)
    {
        Sets = sets;
        Drawings = drawings;
        Concepts = concepts;
    }

    /// <summary>The nine sets and their credits.</summary>
    public IReadOnlyList<EmojiSet> Sets { get; }

    /// <summary>All drawings, by concept, then by set.</summary>
    public IReadOnlyList<EmojiDrawing> Drawings { get; }

    /// <summary>All concepts in ordinal order.</summary>
    public IReadOnlyList<string> Concepts { get; }

    /// <summary>Lists the drawings of the installed packages.</summary>
    /// <param name="folder">The folder <c>node_modules/@iconify-json</c>.</param>
    /// <exception cref="DirectoryNotFoundException">A package is missing.</exception>
    public static EmojiDrawings Open(string folder)
    {
        List<EmojiSet> sets = [];
        List<EmojiIcon> icons = [];
        foreach (var name in SetNames)
        {
            if (!File.Exists(Path.Combine(folder, name, "icons.json")))
            {
                throw new DirectoryNotFoundException(
                    $"The demo drawings {name} are not in {Path.GetFullPath(folder)}. Run 'npm ci --ignore-scripts' in the repository.");
            }

            sets.Add(EmojiSet.Open(folder, name, icons));
        }

        List<EmojiDrawing> drawings = [];
        List<string> concepts = [];
        var shared = icons.Where(icon => !HasSkinTone(icon.Name))
            .GroupBy(icon => icon.Name.Replace("-", "", StringComparison.Ordinal))
            .Where(group => group.Select(icon => icon.Set).Distinct().Count() >= FewestSets)
            .Select(group => (Concept: group.MaxBy(icon => icon.Name.Length)!.Name, Icons: group))
            .OrderBy(pair => pair.Concept, StringComparer.Ordinal);
        foreach ((var concept, var group) in shared)
        {
            concepts.Add(concept);
            drawings.AddRange(group.Select(icon => new EmojiDrawing(icon, concept)));
        }

        return new EmojiDrawings(sets, drawings, concepts);
    }

    private static bool HasSkinTone(string name)
    {
        var tone = name.IndexOf("tone", StringComparison.Ordinal);
        while (tone >= 0)
        {
            if (tone + 4 < name.Length && name[tone + 4] is >= '1' and <= '5')
            {
                return true;
            }

            tone = name.IndexOf("tone", tone + 4, StringComparison.Ordinal);
        }

        return name.Contains("skin-tone", StringComparison.Ordinal);
    }
}
