using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>Sums over the chosen entries of a matrix.</summary>
internal static class MaskedSums
{
    /// <summary>log(1 + sum of exp) over the chosen entries of each column (dim 0) or row (dim 1); 0 if none is chosen.</summary>
    internal static Tensor LogOnePlusSum(Tensor exponents, Tensor chosen, long dim)
    {
        var masked = exponents.masked_fill(chosen.logical_not(), double.NegativeInfinity);
        // The 1 enters as an exponent of 0, so that the maximum that logsumexp subtracts is never -infinity.
        return cat([masked, zeros_like(masked.narrow(dim, 0, 1))], dim).logsumexp(dim);
    }

    /// <summary>The sum of the chosen entries.</summary>
    internal static Tensor Sum(Tensor values, Tensor chosen) => values.masked_fill(chosen.logical_not(), 0).sum();

    /// <summary>The mean of the chosen entries; 0 if none is chosen.</summary>
    internal static Tensor Mean(Tensor values, Tensor chosen) => Sum(values, chosen) / chosen.sum().clamp(min: 1);
}
