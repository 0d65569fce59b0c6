using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Regularizers;

/// <summary>The mean over rows of (sum of |number|^p)^(1 / p), to a power.</summary>
internal sealed class Lp : IRegularizer
{
    private readonly Options _options;

    internal Lp(Options options)
    {
        var check = new OptionCheck("lp");
        check.AtLeast(1, options.P);
        check.Above(0, options.Power);
        _options = options;
    }

    public sealed record Options
    {
        /// <summary>p, at least 1.</summary>
        public double P { get; init; } = 2;

        /// <summary>The power that lengths are raised to, above 0.</summary>
        public double Power { get; init; } = 1;
    }

    public Tensor Cost(Tensor rows, Tensor? classVectors)
    {
        using var scope = NewDisposeScope();
        // The root has no gradient at 0.
        var sums = (rows.square() + 1e-24).pow(_options.P / 2).sum(1);
        return sums.pow(_options.Power / _options.P).mean().MoveToOuterDisposeScope();
    }
}
