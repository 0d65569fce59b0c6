namespace Dml.Training.Data;

/// <summary>Which column of a <c>csv</c> dataset holds what.</summary>
/// <param name="Names">The columns' names in lower case.</param>
/// <param name="IsHeader">Whether the first line named them.</param>
internal sealed record CsvColumns(string[] Names, bool IsHeader)
{
    public int Count => Names.Length;

    public int Path { get; } = Array.IndexOf(Names, "path");

    public int Label { get; } = Array.IndexOf(Names, "label");

    public int? Part { get; } = Array.IndexOf(Names, "part") is >= 0 and var part ? part : null;

    /// <summary>From the first line: names, or the first picture of a file of two columns.</summary>
    public static CsvColumns Of(IReadOnlyList<string> first)
    {
        string[] names = [.. first.Select(f => f.Trim().ToLowerInvariant())];
        return names.Contains("path") && names.Contains("label") ? new(names, true) : new(["path", "label"], false);
    }

    /// <summary>As a person writes a line.</summary>
    public string Form(char separator) => string.Join(separator, Names);

    /// <summary>Side and role; null where the column holds none of the known words.</summary>
    public (PicturePart Part, PictureRole Role)? PartOf(IReadOnlyList<string> fields) => Part is null ? (PicturePart.Unassigned, PictureRole.Both) : fields[Part.Value] switch
    {
        "train" => (PicturePart.Training, PictureRole.Both),
        "test" => (PicturePart.Test, PictureRole.Both),
        "query" => (PicturePart.Test, PictureRole.Query),
        "gallery" => (PicturePart.Test, PictureRole.Gallery),
        _ => null,
    };

    /// <summary>All other columns.</summary>
    public Dictionary<string, string> AttributesOf(IReadOnlyList<string> fields)
        => Enumerable.Range(0, Count).Where(c => c != Path && c != Label && c != Part).ToDictionary(c => Names[c], c => fields[c]);
}
