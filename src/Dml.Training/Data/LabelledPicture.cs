using Dml.Embedding.Labels;

namespace Dml.Training.Data;

/// <summary>One picture of a dataset; its bytes are read on demand.</summary>
/// <param name="Id">Unique in the dataset, stable from run to run.</param>
/// <param name="Class">Pictures with the same class are alike. It gets the form that labels have everywhere.</param>
/// <param name="Load">Reads the encoded picture (JPEG, PNG, WebP or GIF); safe from any thread.</param>
public sealed record LabelledPicture(string Id, string Class, Func<byte[]> Load)
{
    /// <summary>Pictures with the same class are alike.</summary>
    public string Class { get; init; } = LabelText.Clean(Class);

    /// <summary>Which side of the dataset's own split it is on.</summary>
    public PicturePart Part { get; init; }

    /// <summary>Whether it is a query, in the gallery or both when retrieval is measured.</summary>
    public PictureRole Role { get; init; }

    /// <summary>What a picture with several labels shows; empty where its class is its only label.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Further facts a split may filter by, such as <c>set</c> = <c>noto</c>.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();
}
