namespace Dml.Training.Data;

/// <summary>A file of a dataset.</summary>
/// <param name="Name">Path inside the dataset, with slashes.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Stamp">Changes when the content may have changed.</param>
/// <param name="Load">Reads it; safe from any thread.</param>
internal sealed record DatasetFile(string Name, long Length, long Stamp, Func<byte[]> Load)
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".gif"];

    /// <summary>Whether the name is that of a picture that can be decoded.</summary>
    public bool IsPicture => Endings.Contains(Path.GetExtension(Name), StringComparer.OrdinalIgnoreCase);

    /// <summary>Endings of pictures, for messages.</summary>
    public static string KnownEndings => string.Join(", ", Endings);
}
