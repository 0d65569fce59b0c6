namespace Dml.Index;

/// <summary>What <see cref="HnswIndex.MeasureRecall(int, int, int?, int, CancellationToken)"/> found.</summary>
public sealed record RecallReport
{
    /// <summary>Queries asked.</summary>
    public required int Queries { get; init; }

    /// <summary>Hits wanted for each.</summary>
    public required int K { get; init; }

    /// <summary>Width of the beam.</summary>
    public required int EfSearch { get; init; }

    /// <summary>
    /// Share of the exact nearest k that the search found, 0 to 1, over all queries. A hit that is as similar as the k-th of
    /// them counts: which one of equals is found is chance.
    /// </summary>
    public required double Recall { get; init; }

    /// <summary>The lowest recall of a single query.</summary>
    public required double Worst { get; init; }
}
