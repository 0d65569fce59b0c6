using Dml.Training.Losses;

namespace Dml.Training.Tests.Losses.Examples;

internal static class NPairExamples
{
    private static readonly double[] Anchors = [1, 0, .6, .8];
    private static readonly double[] Positives = [.8, .6, -.6, .8];

    internal static IEnumerable<WorkedExample> All =>
    [
        Of("no regularization", .655142, 0, 1, [-.138471, .019782, .464617, -.066374], [.100214, .265495, -.100214, -.265495]),
        Of("regularization 0.002", .656142, .002, 1, [], []),
        Of("regularization 0.02", .665142, .02, 1, [], []),
        Of("doubled rows, no regularization", 1.393743, 0, 2, [], []),
        Of("doubled rows, regularization 0.002", 1.397743, .002, 2, [], []),
    ];

    private static WorkedExample Of(
        string variant, double expected, double regularization, double scale, double[] anchors, double[] positives)
        => new("n-pair", variant, expected, at => NPair.OfPairs(at[0], at[1], [0, 1], new() { Regularization = regularization }),
            ExampleInput.Rows([.. Anchors.Select(v => v * scale)], 2, anchors),
            ExampleInput.Rows([.. Positives.Select(v => v * scale)], 2, positives));
}
