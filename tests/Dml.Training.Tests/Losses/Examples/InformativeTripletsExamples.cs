using Dml.Training.Losses;

namespace Dml.Training.Tests.Losses.Examples;

internal static class InformativeTripletsExamples
{
    internal static double[] SixRows { get; } = [1, 0, .8, .6, .6, .8, -.6, .8, 0, -1, -1, 0];

    internal static int[][] SixLabelSets { get; } = [[0, 1], [0], [1, 2], [2], [0, 1, 3], [3]];

    internal static IEnumerable<WorkedExample> All =>
    [
        new("informative-triplets-rs", "two anchors, two of each", .233333,
            at => InformativeTriplets.Value(at[0], SixLabelSets, new() { Anchors = 2 }, 0),
            ExampleInput.Rows(SixRows, 2, 0, 0, 0, 0, 0, 0, -.133333, -.266667, .333333, -.333333, -.2, .6)),
    ];
}
