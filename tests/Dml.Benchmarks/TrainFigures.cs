namespace Dml.Benchmarks;

/// <summary>One measurement of training steps.</summary>
/// <param name="ImagesPerSecond">Images per second over the steps after the warm-up.</param>
/// <param name="Data">Share of the time spent waiting for batches.</param>
/// <param name="Forward">Share of the time spent in network and loss.</param>
/// <param name="Backward">Share of the time spent computing gradients.</param>
/// <param name="Optimizer">Share of the time spent updating weights.</param>
internal sealed record TrainFigures(double ImagesPerSecond, double Data, double Forward, double Backward, double Optimizer)
{
    /// <summary>The median of each figure.</summary>
    public static TrainFigures MedianOf(IReadOnlyList<TrainFigures> runs) => new(
        Median.Of(runs.Select(r => r.ImagesPerSecond)),
        Median.Of(runs.Select(r => r.Data)),
        Median.Of(runs.Select(r => r.Forward)),
        Median.Of(runs.Select(r => r.Backward)),
        Median.Of(runs.Select(r => r.Optimizer)));

    public string Shares => FormattableString.Invariant(
        $"{100 * Data:F0} / {100 * Forward:F0} / {100 * Backward:F0} / {100 * Optimizer:F0}");
}
