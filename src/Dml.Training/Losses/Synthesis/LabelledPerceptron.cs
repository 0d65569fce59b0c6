using Dml.Training.Backbones;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// Two linear layers on a row and a learned vector of its class: a generator or discriminator of <see cref="HardSampleSynthesis"/>.
/// </summary>
internal sealed class LabelledPerceptron : nn.Module
{
    private const int LabelWidth = 16;
    [ComponentName(Name = "labels")]
    private readonly Parameter _labels;
    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;
    [ComponentName(Name = "norm")]
    private readonly BatchNorm1d? _norm;
    [ComponentName(Name = "output")]
    private readonly Linear _output;

    /// <param name="classes">Number of classes, each with a vector.</param>
    /// <param name="from">Length of a row.</param>
    /// <param name="width">Width of the hidden layer.</param>
    /// <param name="to">Length of a result.</param>
    /// <param name="normalize">Batch norm and ReLU after the hidden layer, as in a generator; otherwise a leaky ReLU.</param>
    /// <param name="initializer">Source of the initial weights.</param>
    internal LabelledPerceptron(int classes, int from, int width, int to, bool normalize, Initializer initializer)
        : base(nameof(LabelledPerceptron))
    {
        _labels = nn.Parameter(zeros(classes, LabelWidth));
        initializer.Normal(_labels, 1);
        _hidden = Layer(from + LabelWidth, width, initializer);
        _norm = normalize ? nn.BatchNorm1d(width) : null;
        _output = Layer(width, to, initializer);
        RegisterComponents();
    }

    /// <summary>Maps rows [n, from] of classes [n] to [n, to].</summary>
    internal Tensor Of(Tensor rows, Tensor classes)
    {
        var inner = _hidden.call(cat([rows, _labels.index_select(0, classes)], 1));
        return _output.call(_norm is null ? F.leaky_relu(inner, 0.2) : _norm.call(inner).relu());
    }

    /// <summary>A linear layer with weights from the loss's own random stream and a bias of 0.</summary>
    internal static Linear Layer(int from, int to, Initializer initializer)
    {
        var layer = nn.Linear(from, to);
        initializer.FanIn(layer.weight!);
        layer.bias!.FromFloats(new float[to]);
        return layer;
    }
}
