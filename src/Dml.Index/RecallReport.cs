namespace Dml.Index;

/// <summary>The result of <see cref="HnswIndex.MeasureRecall(int, int, int?, int, CancellationToken)"/>.</summary>
public sealed record RecallReport
{
    /// <summary>Number of queries.</summary>
    public required int Queries { get; init; }

    /// <summary>Hits wanted per query.</summary>
    public required int K { get; init; }

    /// <summary>Width of the beam.</summary>
    public required int EfSearch { get; init; }

    /// <summary>
    /// Share of the exact k nearest neighbors that the search found, 0 to 1, over all queries. A hit that is as similar as the
    /// k-th of them counts, since the choice among equals is arbitrary.
    /// </summary>
    public required double Recall { get; init; }

    /// <summary>The lowest recall of a single query.</summary>
    public required double Worst { get; init; }
}
