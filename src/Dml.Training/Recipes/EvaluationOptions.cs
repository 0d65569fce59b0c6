namespace Dml.Training.Recipes;

/// <summary>How the held-out classes are measured; when is <c>training.validateEvery</c>.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Pictures the network embeds at once.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Starts of k-means for NMI and F1, of which the best counts. They are measured by <c>dml eval</c> and <c>dml export</c>, not during training.</summary>
    public int ClusterStarts { get; init; } = 3;

    /// <summary>Queries of the report's picture wall.</summary>
    public int WallQueries { get; init; } = 24;
}
