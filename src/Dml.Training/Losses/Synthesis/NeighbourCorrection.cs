using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// The covariance of a class that has few pictures, corrected by those of its neighbours and of all classes:
/// Z. Fu et al., "Intra-class Adaptive Augmentation with Neighbor Correction", arXiv 2211.16264, eqs. 11 to 16.
/// Neighbours are found by plain distances; the published code scales them by a row that contains a huge number, which cancels the means.
/// </summary>
internal static class NeighbourCorrection
{
    // Classes that are compared with all others together.
    private const int Chunk = 256;

    /// <summary>
    /// Eq. 16: the share that a class of <paramref name="count"/> pictures takes from others; 0 above <paramref name="few"/>.
    /// </summary>
    internal static double Share(double count, double beta, double few)
        => count > few ? 0 : 1 / (1 + Math.Log(1 + (beta * Math.Max(0, count - 1))));

    /// <summary>Eq. 15 for every class, shape [classes, dimension].</summary>
    /// <param name="statistics">Statistics of the whole training set.</param>
    /// <param name="neighbours">K, at least 1; fewer if there are fewer classes of two pictures.</param>
    /// <param name="beta">beta of eq. 16.</param>
    /// <param name="gamma">Share of the mean over all classes, 0 to 1; the rest is that of the neighbours.</param>
    /// <param name="few">Classes of more pictures keep their own covariance.</param>
    internal static Tensor Corrected(ClassStatistics statistics, int neighbours, double beta, double gamma, double few)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (means, variances, counts) = statistics;
        var valid = counts.gt(1);
        var usable = (int)valid.to(int64).sum().item<long>();
        if (usable == 0)
        {
            return variances.clone().MoveToOuterDisposeScope();
        }

        var weight = (counts * valid.to(counts)).unsqueeze(1);
        var global = (weight * variances).sum(0, keepdim: true) / weight.sum();
        var pictures = counts.to(float64).cpu().data<double>().ToArray();
        var shares = tensor(pictures.Select(n => Share(n, beta, few)).ToArray()).to(means).unsqueeze(1);
        var squares = means.square();
        var parts = new List<Tensor>();
        for (var first = 0L; first < means.shape[0]; first += Chunk)
        {
            using var inner = NewDisposeScope();
            var length = Math.Min(Chunk, means.shape[0] - first);
            var part = Nearby(squares, variances, counts, valid, global, first, length, Math.Min(neighbours, usable));
            parts.Add(part.MoveToOuterDisposeScope());
        }

        var taken = (cat(parts) * (1 - gamma)) + (global * gamma);
        return ((variances * (1 - shares)) + (taken * shares)).MoveToOuterDisposeScope();
    }

    // Eqs. 11 to 13: the mean covariance of the K nearest classes, weighted by their size and proximity.
    private static Tensor Nearby(
        Tensor squares,
        Tensor variances,
        Tensor counts,
        Tensor valid,
        Tensor global,
        long first,
        long length,
        int neighbours)
    {
        var own = squares.narrow(0, first, length);
        var distances = own.square().sum(1, keepdim: true) + squares.square().sum(1).unsqueeze(0) - (own.matmul(squares.t()) * 2);
        var rows = arange(first, first + length, device: squares.device).unsqueeze(1);
        var self = rows.eq(arange(squares.shape[0], device: squares.device).unsqueeze(0));
        distances.masked_fill_(valid.logical_not().unsqueeze(0), double.PositiveInfinity).masked_fill_(self, double.PositiveInfinity);
        var (_, nearest) = distances.topk(neighbours, largest: false);
        // Rounding may affect the selection, so the weights use exact distances.
        Tensor Chosen(Tensor from) => from.index_select(0, nearest.flatten()).view(length, neighbours, from.shape[1]);
        var apart = (Chosen(squares) - own.unsqueeze(1)).square().sum(2);
        var spread = (Chosen(variances) - variances.narrow(0, first, length).unsqueeze(1)).square().sum(2);
        var sizes = counts.index_select(0, nearest.flatten()).view(length, neighbours);
        var weights = sizes * (apart * -0.5 - (spread * 0.5)).exp();
        // topk takes the class itself or one of a single picture, at infinite distance, if there are no others.
        weights = weights.masked_fill(distances.gather(1, nearest).isinf(), 0).unsqueeze(2);
        var sum = weights.sum(1);
        return where(sum.gt(0), (weights * Chosen(variances)).sum(1) / sum.clamp_min(1e-38), global);
    }
}
