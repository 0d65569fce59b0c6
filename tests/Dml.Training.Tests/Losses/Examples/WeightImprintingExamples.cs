using Dml.Training.Losses;

namespace Dml.Training.Tests.Losses.Examples;

internal static class WeightImprintingExamples
{
    // normalize([-0.7, 0.4]), then the two imprinted rows.
    private static readonly double[] ClassRows = [-.868243142124459, .496138938356834, .90215089, .43142065, -.11528840, .99333206];

    internal static IEnumerable<WorkedExample> All =>
    [
        new("weight-imprinting", "one query, three classes", 1.5736391403, at => WeightImprinting.Value(at[0], [2], at[1], at[2]),
            ExampleInput.Rows([.5, .7], 2, 8.65672743, -6.18337673),
            ExampleInput.Rows(ClassRows, 2, (1, [-1.65292939, 3.45646813]), (2, [-5.28501074, -.61339050])),
            ExampleInput.Vector([10], .10628053)) { Decimals = 7 },
    ];
}
