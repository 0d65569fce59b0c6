namespace Dml.Training.Data;

/// <summary>One picture of a dataset; its bytes are read only when asked for.</summary>
/// <param name="Id">Unique in the dataset, stable from run to run.</param>
/// <param name="Class">Pictures with the same class are alike.</param>
/// <param name="Load">Reads the encoded picture (JPEG, PNG, WebP or GIF); safe from any thread.</param>
public sealed record LabelledPicture(string Id, string Class, Func<byte[]> Load)
{
    /// <summary>Further facts a split may filter by, such as <c>set</c> = <c>noto</c>.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();
}
