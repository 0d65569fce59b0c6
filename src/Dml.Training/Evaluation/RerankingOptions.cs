namespace Dml.Training.Evaluation;

/// <summary>Constants of k-reciprocal re-ranking; the defaults are Group Loss++'s for CUB, Cars and SOP (In-Shop: 6, 2, 0.4).</summary>
public sealed record RerankingOptions
{
    /// <summary>Neighbours that count as near when they are so in both directions, at least 1.</summary>
    public int K1 { get; init; } = 50;

    /// <summary>Neighbours whose neighbourhoods are averaged, at least 1; 1 averages none.</summary>
    public int K2 { get; init; } = 20;

    /// <summary>Share of the original distance, 0 to 1.</summary>
    public double Lambda { get; init; } = 0.94;
}
