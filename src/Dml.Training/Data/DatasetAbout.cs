namespace Dml.Training.Data;

/// <summary>What a person must know to use a dataset; <c>docs/datasets.md</c> and the message about a missing set say it in these words.</summary>
internal sealed record DatasetAbout
{
    /// <summary>The name in recipes.</summary>
    public required string Name { get; init; }

    /// <summary>What it holds, and the paper it comes from.</summary>
    public required string Paper { get; init; }

    /// <summary>The files expected in its folder, one a line.</summary>
    public required string[] Layout { get; init; }

    /// <summary>What is trained on, what is held out, who asks and who answers.</summary>
    public required string Split { get; init; }

    /// <summary>Where it comes from.</summary>
    public required string Source { get; init; }

    /// <summary>Figures it is published with, beside those that are always measured.</summary>
    public string[] Figures { get; init; } = [];
}
