using Dml.Training.Onnx;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>One step of a network and the same step in ONNX.</summary>
/// <param name="Name">As in the paper or the published weights.</param>
/// <param name="Forward">The computation.</param>
/// <param name="Export">Adds it to a graph, behind the value it is given, and returns the name of its result.</param>
internal sealed record NetworkLayer(string Name, Func<Tensor, Tensor> Forward, Func<OnnxGraph, string, string> Export)
{
    /// <summary>The computation without the ReLU that it ends in; null where it ends in none.</summary>
    internal Func<Tensor, Tensor>? BeforeRelu { get; init; }

    /// <param name="name">As in the paper or the published weights.</param>
    /// <param name="kernel">Side of a window.</param>
    /// <param name="stride">From window to window.</param>
    /// <param name="padding">On every side.</param>
    /// <param name="ceiling">Whether the last window may hang over the edge; it begins inside.</param>
    internal static NetworkLayer MaxPool(string name, int kernel, int stride, int padding = 0, bool ceiling = true) => new(
        name,
        x => F.max_pool2d(x, kernel, stride, padding, ceil_mode: ceiling),
        (graph, x) => graph.MaxPool(x, kernel, stride, padding, ceiling));

    /// <summary>Mean over 3x3 windows one apart; the zeros around the map count.</summary>
    internal static NetworkLayer AveragePool3x3(string name, int channels) => new(
        name,
        x => F.avg_pool2d(x, 3, 1, 1),
        (graph, x) => graph.AveragePool3x3(x, channels));

    /// <summary><see cref="LocalResponse"/>, as in the GoogLeNet paper.</summary>
    internal static NetworkLayer LocalResponseNorm(string name, int channels) => new(
        name,
        LocalResponse.Normalize,
        (graph, x) => graph.LocalResponseNorm(x, channels, 5, 1e-4f, 1));

    /// <summary>One after the other.</summary>
    internal static NetworkLayer Chain(string name, params NetworkLayer[] steps) => new(
        name,
        input =>
        {
            using var scope = NewDisposeScope();
            return steps.Aggregate(input, (x, step) => step.Forward(x)).MoveToOuterDisposeScope();
        },
        (graph, input) => steps.Aggregate(input, (x, step) => step.Export(graph, x)))
    {
        BeforeRelu = steps[^1].BeforeRelu is not { } last ? null : input =>
        {
            using var scope = NewDisposeScope();
            return last(steps[..^1].Aggregate(input, (x, step) => step.Forward(x))).MoveToOuterDisposeScope();
        },
    };

    /// <summary>Side by side on the same input, the channels of the results laid end to end.</summary>
    internal static NetworkLayer Concat(string name, params NetworkLayer[] branches) => new(
        name,
        input =>
        {
            using var scope = NewDisposeScope();
            return cat([.. branches.Select(branch => branch.Forward(input))], 1).MoveToOuterDisposeScope();
        },
        (graph, input) => graph.ConcatChannels([.. branches.Select(branch => branch.Export(graph, input))]))
    {
        BeforeRelu = branches.Any(branch => branch.BeforeRelu is null) ? null : input =>
        {
            using var scope = NewDisposeScope();
            return cat([.. branches.Select(branch => branch.BeforeRelu!(input))], 1).MoveToOuterDisposeScope();
        },
    };
}
