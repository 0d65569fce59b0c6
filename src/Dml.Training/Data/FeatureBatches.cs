using Dml.Training.Losses;
using Dml.Training.Trainer;

namespace Dml.Training.Data;

/// <summary>Batches of features that a frozen backbone gave once; where there are several views of the pictures, the epochs take turns with them.</summary>
public sealed class FeatureBatches : IBatchSource
{
    private readonly IReadOnlyList<FeatureTable> views;
    private readonly ISampler sampler;
    private readonly long[] labels;

    /// <param name="views">The training pictures' features: as they are, then of every augmented view; at least one.</param>
    /// <param name="labels">Their classes, dense from 0.</param>
    /// <param name="sampler">Chooses the pictures of a batch.</param>
    /// <param name="inputSize">Side of the pictures that the features were made of.</param>
    public FeatureBatches(IReadOnlyList<FeatureTable> views, IReadOnlyList<int> labels, ISampler sampler, int inputSize)
    {
        ArgumentNullException.ThrowIfNull(labels);
        (this.views, this.sampler, InputSize) = (views, sampler, inputSize);
        this.labels = [.. labels.Select(l => (long)l)];
        ClassCount = labels.Max() + 1;
    }

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public int InputSize { get; }

    /// <inheritdoc/>
    public int BatchesPerEpoch => sampler.BatchesPerEpoch;

    /// <inheritdoc/>
    public void BeginEpoch(EpochStart start) => (sampler as IAdaptiveSampler)?.BeginEpoch(start);

    /// <inheritdoc/>
    public IEnumerable<Batch> Unchanged(CancellationToken cancel) => Enumerable.Range(0, labels.Length).Chunk(sampler.BatchSize).Select(pictures => Take(views[0], pictures));

    /// <inheritdoc/>
    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel) => sampler.Epoch(epoch).Select(pictures => Take(views[epoch % views.Count], pictures));

    private Batch Take(FeatureTable view, int[] pictures)
    {
        var features = new float[pictures.Length * view.Dimension];
        for (var i = 0; i < pictures.Length; i++)
        {
            view.Rows(pictures[i], 1).CopyTo(features.AsSpan(i * view.Dimension));
        }

        return new([], [.. pictures.Select(p => labels[p])], pictures) { Features = features };
    }
}
