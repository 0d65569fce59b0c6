using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class MarginExamples
{
    private static readonly FixedTriplets Triplets = new((0, 1, 2), (1, 0, 2), (2, 3, 1), (3, 2, 1));

    internal static IEnumerable<WorkedExample> All =>
    [
        new("margin", "four fixed triplets", .627977, at => Margin.Value(at[0], FourLabels, at[1], new(), Triplets),
            ExampleInput.Rows(FourRows, 2, -.089443, .178885, -.282843, .282843, .772285, -.461728, -.4, 0),
            ExampleInput.Vector([1.2, 1.2], .4, -.2)),
        new("margin", "four fixed triplets, nu 1 (by hand: + 4 x 1.2 / 5)", .627977 + .96,
            at => Margin.Value(at[0], FourLabels, at[1], new() { Nu = 1 }, Triplets),
            ExampleInput.Rows(FourRows, 2, -.089443, .178885, -.282843, .282843, .772285, -.461728, -.4, 0),
            ExampleInput.Vector([1.2, 1.2], .8, .2)),
    ];
}
