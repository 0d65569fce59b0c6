using Dml.Training.Losses.SelfPaced;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Examples;

internal static class SelfPacedExamples
{
    internal static IEnumerable<WorkedExample> All =>
    [
        new("bspml", "four weights", .091657,
            at => BalancedSelfPaced.Value(
                at[0], FourLabels, tensor([1, 1, .5, 1]), new PairCosts(2, 40, .5), BalancedSelfPaced.Form.Pairwise),
            ExampleInput.Rows(FourRows, 2, .001391, .022525, -.006793, .05, .134186, .007087, -.022810, -.030413)),
    ];
}
