using Dml.Training.Losses;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Tests.Losses.Examples;

internal static class ModalityHardMiningExamples
{
    private static readonly double[] Rows = [1, .2, .6, .5, -.3, .9, .1, 1.1, .7, .1, .9, .6, -.1, .7, .4, .9];
    private static readonly long[] Labels = [0, 0, 1, 1, 0, 0, 1, 1];
    private static readonly long[] Modalities = [0, 1, 0, 1, 1, 0, 1, 0];

    internal static IEnumerable<WorkedExample> All =>
    [
        Of("adaptive weights", .1614983903, ModalityHardMining.Weighting.Adaptive, comparable: false,
            .04316026, -.21580130, -.42243772, .50692526, -.12189303, -.04063101, .07298124, -.00663466, .03030403, -.21212824, -.30711159,
            .46066738, -.33397142, -.04771020, .94434059, -.41970693),
        Of("hinges", .1519430106, ModalityHardMining.Weighting.Hinge, comparable: true),
        Of("as released", .1610170194, ModalityHardMining.Weighting.Released, comparable: true),
    ];

    private static WorkedExample Of(
        string variant, double expected, ModalityHardMining.Weighting weighting, bool comparable, params double[] gradient)
        => new("mathm", variant, expected,
            at => ModalityHardMining.OfTriplets(F.normalize(at[0]), Labels, Modalities, new() { Weighting = weighting }),
            ExampleInput.Rows(Rows, 2, gradient))
        { Decimals = 8, IsWholeGradient = comparable };
}
