namespace Dml.Training.Catalogues;

/// <summary>
/// What a user needs to know to choose a loss, as printed by <c>dml list</c> and <c>docs/methods.md</c>. What was measured with it is in
/// docs/results/methods.md.
/// </summary>
public sealed record MethodAbout
{
    /// <summary>Authors, title, venue and arXiv number.</summary>
    public required string Paper { get; init; }

    /// <summary>The idea in one sentence.</summary>
    public required string Idea { get; init; }

    /// <summary>What it requires: classes and pictures per batch, further facts about the pictures, a network.</summary>
    public required string Needs { get; init; }

    /// <summary>How well the implementation is backed by the source.</summary>
    public required SourceStatus Status { get; init; }

    /// <summary>What was read, which reading is followed where there are several, and what of the published recipe is missing.</summary>
    public required string Source { get; init; }

    /// <summary>What is claimed for it, and by whom: Recall@1 in percent unless stated otherwise.</summary>
    public required string Claim { get; init; }

    internal IReadOnlyDictionary<string, string> ToNotes() => new Dictionary<string, string>
    {
        ["idea"] = Idea,
        ["needs"] = Needs,
        ["source"] = $"{Name(Status)}: {Source}",
        ["published"] = Claim,
    };

    internal static string Name(SourceStatus status) => status switch
    {
        SourceStatus.Verified => "verified",
        SourceStatus.PartlyVerified => "partly verified",
        _ => "derived",
    };
}
