using Dml.Training.Backbones;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Synthesis;

/// <summary>Two linear layers over a row and a learned vector of its class: generator or discriminator of <see cref="HardSampleSynthesis"/>.</summary>
internal sealed class LabelledPerceptron : nn.Module
{
    private const int LabelWidth = 16;
    private readonly Parameter labels;
    private readonly Linear hidden;
    private readonly BatchNorm1d? norm;
    private readonly Linear output;

    /// <param name="classes">Classes that have a vector.</param>
    /// <param name="from">Length of a row.</param>
    /// <param name="width">Of the hidden layer.</param>
    /// <param name="to">Length of a result.</param>
    /// <param name="normalize">Batch norm and ReLU behind the hidden layer, as a generator has; else a leaky ReLU.</param>
    /// <param name="initializer">Source of the initial weights.</param>
    internal LabelledPerceptron(int classes, int from, int width, int to, bool normalize, Initializer initializer) : base(nameof(LabelledPerceptron))
    {
        labels = nn.Parameter(zeros(classes, LabelWidth));
        initializer.Normal(labels, 1);
        hidden = Layer(from + LabelWidth, width, initializer);
        norm = normalize ? nn.BatchNorm1d(width) : null;
        output = Layer(width, to, initializer);
        RegisterComponents();
    }

    /// <summary>Rows [n, from] of classes [n] to [n, to].</summary>
    internal Tensor Of(Tensor rows, Tensor classes)
    {
        var inner = hidden.call(cat([rows, labels.index_select(0, classes)], 1));
        return output.call(norm is null ? F.leaky_relu(inner, 0.2) : norm.call(inner).relu());
    }

    /// <summary>A linear layer with weights and a bias of zero from the loss's own stream.</summary>
    internal static Linear Layer(int from, int to, Initializer initializer)
    {
        var layer = nn.Linear(from, to);
        initializer.FanIn(layer.weight!);
        layer.bias!.FromFloats(new float[to]);
        return layer;
    }
}
