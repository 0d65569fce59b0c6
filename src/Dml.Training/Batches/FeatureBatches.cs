using Dml.Training.Data;
using Dml.Training.Losses;

namespace Dml.Training.Batches;

/// <summary>
/// Batches of features that a frozen backbone gave once; where there are several views of the pictures, the epochs take turns with them.
/// </summary>
public sealed class FeatureBatches : IBatchSource
{
    private readonly IReadOnlyList<FeatureTable> _views;
    private readonly ISampler _sampler;
    private readonly long[] _labels;

    /// <param name="views">The training pictures' features: as they are, then of every augmented view; at least one.</param>
    /// <param name="labels">Their classes, dense from 0.</param>
    /// <param name="sampler">Chooses the pictures of a batch.</param>
    /// <param name="inputSize">Side of the pictures that the features were made of.</param>
    public FeatureBatches(IReadOnlyList<FeatureTable> views, IReadOnlyList<int> labels, ISampler sampler, int inputSize)
    {
        ArgumentNullException.ThrowIfNull(labels);
        (_views, _sampler, InputSize) = (views, sampler, inputSize);
        _labels = [.. labels.Select(l => (long)l)];
        ClassCount = labels.Max() + 1;
    }

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public int InputSize { get; }

    /// <inheritdoc/>
    public int BatchesPerEpoch => _sampler.BatchesPerEpoch;

    /// <inheritdoc/>
    public void BeginEpoch(EpochStart start) => (_sampler as IAdaptiveSampler)?.BeginEpoch(start);

    /// <inheritdoc/>
    public IEnumerable<Batch> Unchanged(CancellationToken cancel) =>
        Enumerable.Range(0, _labels.Length).Chunk(_sampler.BatchSize).Select(pictures => Take(_views[0], pictures));

    /// <inheritdoc/>
    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel) =>
        _sampler.Epoch(epoch).Select(pictures => Take(_views[epoch % _views.Count], pictures));

    private Batch Take(FeatureTable view, int[] pictures)
    {
        var features = new float[pictures.Length * view.Dimension];
        for (var i = 0; i < pictures.Length; i++)
        {
            view.Rows(pictures[i], 1).CopyTo(features.AsSpan(i * view.Dimension));
        }

        return new([], [.. pictures.Select(p => _labels[p])], pictures) { Features = features };
    }
}
