using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>
/// Sums of many parts of which each needs more memory than it leaves: the graph of a part is computed down to the input at once, and only
/// the input's gradient is kept.
/// </summary>
internal static class Chunked
{
    /// <summary>The sum of the parts, a scalar with gradient to the input.</summary>
    /// <param name="input">What the parts are computed from.</param>
    /// <param name="count">Items.</param>
    /// <param name="size">Items of a part, at least 1.</param>
    /// <param name="part">From the input, the first item and their number to the part's sum, a scalar.</param>
    internal static Tensor Sum(Tensor input, long count, long size, Func<Tensor, long, long, Tensor> part)
    {
        using var scope = NewDisposeScope();
        var learns = input.requires_grad && is_grad_enabled();
        var leaf = input.detach().requires_grad_(learns);
        var (sum, gradient) = (zeros([]).to(leaf), zeros_like(leaf));
        for (var first = 0L; first < count; first += size)
        {
            using var inner = NewDisposeScope();
            var value = part(leaf, first, Math.Min(size, count - first));
            sum.add_(value.detach());
            if (learns)
            {
                gradient.add_(autograd.grad([value], [leaf])[0]);
            }
        }

        var linear = (input * gradient).sum();
        return (linear - linear.detach() + sum).MoveToOuterDisposeScope();
    }
}
