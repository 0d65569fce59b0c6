namespace Dml.Training.Data;

/// <summary>
/// What a user must know about a dataset; the text of <c>docs/datasets.md</c> and of the message about a missing set.
/// </summary>
internal sealed record DatasetAbout
{
    /// <summary>The name in recipes.</summary>
    public required string Name { get; init; }

    /// <summary>What it holds, and the paper it comes from.</summary>
    public required string Paper { get; init; }

    /// <summary>The files expected in its folder, one a line.</summary>
    public required string[] Layout { get; init; }

    /// <summary>What is trained on, what is held out, which pictures are queries and which form the gallery.</summary>
    public required string Split { get; init; }

    /// <summary>How a recipe splits it that says nothing about the split.</summary>
    public SplitSource DefaultSplit { get; init; } = SplitSource.Dataset;

    /// <summary>Where it comes from.</summary>
    public required string Source { get; init; }

    /// <summary>Figures it is published with, beside those that are always measured.</summary>
    public string[] Figures { get; init; } = [];
}
