using Dml.Training.Catalogues;

namespace Dml.Training.Optimization;

/// <summary>
/// Stochastic gradient descent with momentum, as in I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the Importance of Initialization and
/// Momentum in Deep Learning", ICML 2013, in PyTorch's form: buffer = momentum buffer + gradient; weight - rate buffer. The weight decay is
/// part of the gradient.
/// </summary>
internal sealed class Sgd : UpdateRule
{
    private readonly Options _options;

    internal Sgd(Options options)
    {
        new OptionCheck("sgd").Below(0, 1, options.Momentum);
        _options = options;
    }

    public sealed record Options
    {
        /// <summary>Share that the buffer keeps of itself, 0 to below 1.</summary>
        public double Momentum { get; init; } = 0.9;

        /// <summary>Look ahead along the buffer (Nesterov).</summary>
        public bool Nesterov { get; init; }
    }

    public override bool HasSecondMoment => false;

    public override void Apply(UpdatedParameter at, double rate, double decay)
    {
        var gradient = Decayed(at, decay);
        at.First.mul_(_options.Momentum).add_(gradient);
        at.Weight.add_(_options.Nesterov ? gradient.add(at.First, _options.Momentum) : at.First, -rate);
    }
}
