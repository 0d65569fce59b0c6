using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>Mean and variance of every class.</summary>
/// <param name="Means">Shape [classes, dimension]; 0 for a class without rows.</param>
/// <param name="Variances">Shape [classes, dimension]; mean squared difference from the mean per channel.</param>
/// <param name="Counts">Shape [classes]; number of rows of each class.</param>
internal sealed record ClassStatistics(Tensor Means, Tensor Variances, Tensor Counts)
{
    // Rows that are processed together, so that temporary tensors stay small for any number of pictures.
    private const int Chunk = 4096;

    /// <summary>The statistics of embeddings [pictures, dimension] with their dense class numbers.</summary>
    internal static ClassStatistics Of(Tensor embeddings, IReadOnlyList<int> labels, int classes)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var shape = new[] { classes, embeddings.shape[1] };
        var (sums, squares) = (zeros(shape).to(embeddings), zeros(shape).to(embeddings));
        var all = tensor(labels.Select(l => (long)l).ToArray()).to(embeddings.device);
        var counts = zeros(classes).to(embeddings).index_add_(0, all, ones(labels.Count).to(embeddings), 1);
        var divisor = counts.clamp_min(1).unsqueeze(1);
        sums.index_add_(0, all, embeddings, 1);
        var means = sums / divisor;
        for (var first = 0L; first < labels.Count; first += Chunk)
        {
            using var inner = NewDisposeScope();
            var length = Math.Min(Chunk, labels.Count - first);
            var own = all.narrow(0, first, length);
            var apart = embeddings.narrow(0, first, length) - means.index_select(0, own);
            squares.index_add_(0, own, apart.square(), 1);
        }

        var variances = squares / divisor;
        return new(means.MoveToOuterDisposeScope(), variances.MoveToOuterDisposeScope(), counts.MoveToOuterDisposeScope());
    }
}
