using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>Distances between the rows of a batch by one matrix product.</summary>
internal static class Distances
{
    /// <summary>Squared Euclidean distances, shape [n, n], never negative.</summary>
    internal static Tensor Squared(Tensor rows)
    {
        var lengths = rows.pow(2).sum(dim: 1);
        return (lengths.unsqueeze(1) + lengths.unsqueeze(0) - (rows.matmul(rows.t()) * 2)).clamp(min: 0);
    }

    /// <summary>Euclidean distances, shape [n, n].</summary>
    /// <param name="rows">Shape [n, dimension].</param>
    /// <param name="epsilon">Added under the root, whose gradient is unbounded at 0.</param>
    internal static Tensor Euclidean(Tensor rows, double epsilon = 1e-12) => (Squared(rows) + epsilon).sqrt();
}
