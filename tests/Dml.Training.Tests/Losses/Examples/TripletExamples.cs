using Dml.Training.Losses;
using Dml.Training.Losses.Mining;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class TripletExamples
{
    private static readonly double[] OfAll = [-.05, .05, -.15, .25, .8, -.3, -.6, 0];

    internal static IEnumerable<WorkedExample> All =>
    [
        Of("all, squared", .365, new() { Miner = new("all") }, ExampleInput.Rows(FourRows, 2, OfAll)),
        Of("all, squared, mean of what is above 0", .973333, new() { Miner = new("all"), NonZeroMean = true },
            ExampleInput.Rows(FourRows, 2, [.. OfAll.Select(g => g * 8 / 3)])),
        Of("all, plain, mean of what is above 0", .724114, new() { Miner = new("all"), NonZeroMean = true, Squared = false },
            ExampleInput.Rows(FourRows, 2, (2, [1.287142, -.769547]))),
        Of("semi-hard, squared, margin 0.2", .21, new(), ExampleInput.Rows(FourRows, 2, -.2, .4, 0, 0, .8, -.4, -.6, 0)),
        Of("semi-hard, squared, margin 1", .67, new() { Margin = 1 }, ExampleInput.Rows(FourRows, 2, -.3, .5, -.8, .4, 1.6, -.8, -.5, -.1)),
        Of("batch-hard, plain, margin 0.2", .416693, new() { Miner = new("batch-hard"), SoftMargin = false },
            ExampleInput.Rows(FourRows, 2, (2, [.603553, -.353553]))),
        Of("batch-hard, plain, soft margin", .824755, new() { Miner = new("batch-hard") },
            ExampleInput.Rows(FourRows, 2, (2, [.568883, -.327226]))),
    ];

    private static WorkedExample Of(string variant, double expected, Triplet.Options options, ExampleInput rows)
        => new("triplet", variant, expected, at => Triplet.Value(at[0], FourLabels, options, MinerCatalogue.Create(options.Miner)), rows);
}
