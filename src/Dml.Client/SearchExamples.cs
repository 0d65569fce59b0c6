namespace Dml.Client;

/// <summary>Examples of what is looked for; at most sixteen of each kind.</summary>
public sealed record SearchExamples
{
    /// <summary>JPEG, PNG, WebP, GIF, AVIF or TIFF files to find the like of.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pictures { get; init; } = [];

    /// <summary>Ids of items to find the like of.</summary>
    public IReadOnlyList<string> Likes { get; init; } = [];

    /// <summary>Ids of items to stay away from.</summary>
    public IReadOnlyList<string> Dislikes { get; init; } = [];
}
