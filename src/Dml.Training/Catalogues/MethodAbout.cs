namespace Dml.Training.Catalogues;

/// <summary>What a person must know to choose a method; <c>dml list</c> and <c>docs/methods.md</c> say it in these words.</summary>
public sealed record MethodAbout
{
    /// <summary>The idea in one sentence.</summary>
    public required string Idea { get; init; }

    /// <summary>What it needs: classes and pictures of a batch, other facts of the pictures, a network.</summary>
    public required string Needs { get; init; }

    /// <summary>How sure the source is.</summary>
    public required SourceStatus Status { get; init; }

    /// <summary>What was read, and which of several readings is followed.</summary>
    public required string Source { get; init; }

    /// <summary>What is claimed of it: Recall@1 in per cent unless it says otherwise, and whose figures they are.</summary>
    public required string Claim { get; init; }

    /// <summary>What came of it here, beside the claim: docs/results/methods.md; MAP@R on Grocery Store's unseen classes unless it says otherwise.</summary>
    public required string Measured { get; init; }

    internal IReadOnlyDictionary<string, string> ToNotes() => new Dictionary<string, string>
    {
        ["idea"] = Idea,
        ["needs"] = Needs,
        ["source"] = $"{Name(Status)}: {Source}",
        ["published"] = Claim,
        ["measured"] = Measured,
    };

    internal static string Name(SourceStatus status) => status switch
    {
        SourceStatus.Verified => "verified",
        SourceStatus.PartlyVerified => "partly verified",
        _ => "derived",
    };
}
