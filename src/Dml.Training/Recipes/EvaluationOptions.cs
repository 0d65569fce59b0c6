namespace Dml.Training.Recipes;

/// <summary>When and how the held-out classes are measured during training.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Epochs between two evaluations; the last epoch is always evaluated. At least 1.</summary>
    public int EveryEpochs { get; init; } = 5;

    /// <summary>Pictures the network embeds at once.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Starts of k-means for NMI and F1, the best of which counts; they are measured after the last epoch and by <c>dml eval</c>.</summary>
    public int ClusterStarts { get; init; } = 3;
}
