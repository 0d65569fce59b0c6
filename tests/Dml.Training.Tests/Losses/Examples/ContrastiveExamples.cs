using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class ContrastiveExamples
{
    internal static IEnumerable<WorkedExample> All =>
    [
        Of("two margins 0 and 1", 1.327593, new(),
            ExampleInput.Rows(FourRows, 2, -.065493, -.027128, -.511667, .827895, 1.077160, -.800767, -.5, 0)),
        Of("two margins 0.2 and 1", 1.127593, new() { PositiveMargin = .2 }, ExampleInput.Rows(FourRows, 2, Array.Empty<double>())),
        Of("cosine, margin 0.5", .74, new() { Form = Contrastive.Form.Cosine },
            ExampleInput.Rows(FourRows, 2, -.1, .1, -.2, .4, 1.2, -.1, -.3, -.4)),
        Of("original, margin 1", .197122, new() { Form = Contrastive.Form.Original },
            ExampleInput.Rows(FourRows, 2, (1, [-.117851, .184518]))),
    ];

    private static WorkedExample Of(string variant, double expected, Contrastive.Options options, ExampleInput rows)
        => new("contrastive", variant, expected, at => Contrastive.Value(at[0], FourLabels, options), rows);
}
