using Dml.Training.Catalogues;

namespace Dml.Training.Optimization;

/// <summary>
/// I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, arXiv 1711.05101: Adam, with the weight decay applied to
/// the weights themselves. Arithmetic and order as in PyTorch.
/// </summary>
internal sealed class AdamW : UpdateRule
{
    private readonly Options _options;

    internal AdamW(Options options) => _options = options.Checked("adamw");

    /// <summary>What a recipe may change; the defaults are PyTorch's. Also those of the other rules with two moments.</summary>
    public sealed record Options
    {
        /// <summary>Share that the mean of the gradients keeps of itself, 0 to below 1.</summary>
        public double Beta1 { get; init; } = 0.9;

        /// <summary>Share that the mean of the squared gradients keeps of itself, 0 to below 1.</summary>
        public double Beta2 { get; init; } = 0.999;

        /// <summary>Added to the root of the squared gradients, at least 0; published for Proxy-NCA and ProxyNCA++: 1.</summary>
        public double Epsilon { get; init; } = 1e-8;

        internal Options Checked(string name)
        {
            var check = new OptionCheck(name);
            check.Below(0, 1, Beta1);
            check.Below(0, 1, Beta2);
            check.AtLeast(0, Epsilon);
            return this;
        }
    }

    public override void Apply(UpdatedParameter at, double rate, double decay)
    {
        at.Weight.mul_(1 - (rate * decay));
        Follow(at, at.Gradient, _options.Beta1, _options.Beta2);
        Move(at, rate, _options);
    }

    /// <summary>Weight - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon), in place.</summary>
    internal static void Move(UpdatedParameter at, double rate, Options options)
    {
        var first = 1 - Math.Pow(options.Beta1, at.Step);
        var second = 1 - Math.Pow(options.Beta2, at.Step);
        var size = at.Second!.sqrt().div_(Math.Sqrt(second)).add_(options.Epsilon);
        at.Weight.addcdiv_(at.First, size, -rate / first);
    }
}
