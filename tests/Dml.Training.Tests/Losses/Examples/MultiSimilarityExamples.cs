using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class MultiSimilarityExamples
{
    internal static IEnumerable<WorkedExample> All =>
    [
        Of("mined, beta 40", .401830, new(), -.070869, -.053151, .211414, .400000, .491239, .178348, -.091239, -.121652),
        Of("mined, beta 50", .401830, new() { Beta = 50 }),
        Of("mined, mean over kept anchors", .803661, new() { MeanOverKept = true }),
        Of("not mined, beta 40", .598774, new() { Mining = false }),
        Of("not mined, beta 50", .598694, new() { Mining = false, Beta = 50 }),
        Of("mined, beta 50, lambda 1", .321975, new() { Beta = 50, Lambda = 1 }),
    ];

    private static WorkedExample Of(string variant, double expected, MultiSimilarity.Options options, params double[] gradient)
        => new("multi-similarity", variant, expected, at => MultiSimilarity.Value(at[0], FourLabels, options),
            ExampleInput.Rows(FourRows, 2, gradient));
}
