using Dml.Training.Evaluation;

namespace Dml.Training.Recipes;

/// <summary>How the held-out classes are measured; when is <c>training.validateEvery</c>.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Pictures per batch when the network embeds.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// Starts of k-means for NMI and F1, of which the best counts. They are measured by <c>dml eval</c> and <c>dml export</c>, not during
    /// training.
    /// </summary>
    public int ClusterStarts { get; init; } = 3;

    /// <summary>
    /// Figures beside those that are always measured and those the dataset is published with: <c>["R@100", "P@100"]</c>, names of
    /// <see cref="FigureCatalogue"/>.
    /// </summary>
    public string[] Figures { get; init; } = [];

    /// <summary>What the figures are the mean of.</summary>
    public MeanOver Mean { get; init; } = MeanOver.Queries;

    /// <summary>Bootstrap resamples of the 95 % confidence intervals of <c>dml eval</c> and <c>dml export</c>; 0 leaves them out.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Queries of the report's picture wall.</summary>
    public int WallQueries { get; init; } = 24;
}
