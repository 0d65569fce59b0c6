using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>Mean and spread of every class.</summary>
/// <param name="Means">Shape [classes, dimension]; 0 for a class without rows.</param>
/// <param name="Variances">Shape [classes, dimension]; mean squared distance from the mean, channel by channel.</param>
/// <param name="Counts">Shape [classes]; rows of each class.</param>
internal sealed record ClassStatistics(Tensor Means, Tensor Variances, Tensor Counts)
{
    // Rows that are looked at together: temporary tensors stay small however many pictures there are.
    private const int Chunk = 4096;

    /// <summary>Of embeddings [pictures, dimension] with their dense classes.</summary>
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
            squares.index_add_(0, own, (embeddings.narrow(0, first, length) - means.index_select(0, own)).square(), 1);
        }

        return new(means.MoveToOuterDisposeScope(), (squares / divisor).MoveToOuterDisposeScope(), counts.MoveToOuterDisposeScope());
    }
}
