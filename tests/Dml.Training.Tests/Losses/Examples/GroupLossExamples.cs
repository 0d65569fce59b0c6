using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

internal static class GroupLossExamples
{
    private static readonly double[] Features = [1, 0, .2, .5, .8, .3, .1, .9, .1, 1, .6, .9, .3, .7, .2, .8];
    private static readonly double[] Logits = [1, 0, .2, .4, 0, 1, .5, .1];

    internal static IEnumerable<WorkedExample> All =>
    [
        new("group-loss", "whole loss", .816161, at => Sum(GroupLoss.Values(at[0], at[1], FourLabels, Options())),
            ExampleInput.Rows(Features, 4, (1, [-.081948, .066766, -.039831, .055012])),
            ExampleInput.Rows(Logits, 2, -.067235, .067235, -.194101, .194101, .067235, -.067235, .213776, -.213776)),
        Group("label propagation", .231741, Options()),
        new("group-loss", "cross-entropy", .584419, at => GroupLoss.Values(at[0], at[1], FourLabels, Options()).Entropy, Rows()),
        Group("label propagation, 3 iterations", .037985, Options() with { Iterations = 3 }),
        Group("label propagation, own similarity 0", .102334, Options() with { ZeroDiagonal = true }),
    ];

    private static GroupLoss.Options Options() => new() { Temperature = 2, Anchors = 1 };

    private static Tensor Sum((Tensor Group, Tensor Entropy) values) => values.Group + values.Entropy;

    private static ExampleInput[] Rows()
        => [ExampleInput.Rows(Features, 4, Array.Empty<double>()), ExampleInput.Rows(Logits, 2, Array.Empty<double>())];

    private static WorkedExample Group(string variant, double expected, GroupLoss.Options options)
        => new("group-loss", variant, expected, at => GroupLoss.Values(at[0], at[1], FourLabels, options).Group, Rows());
}
