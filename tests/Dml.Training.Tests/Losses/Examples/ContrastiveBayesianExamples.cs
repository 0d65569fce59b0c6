using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class ContrastiveBayesianExamples
{
    internal static IEnumerable<WorkedExample> All =>
    [
        Of("log", .491184, new(), -.179497, -.162623, .723214, .789208, 1.100806, .480443, -.391598, -.407144),
        Of("root", 1.353564, new() { Form = ContrastiveBayesian.Form.Root }),
        Of("constant", 1.272082, new() { Form = ContrastiveBayesian.Form.Constant }),
        Of("log, no variance", .352736, new() { VarianceWeight = 0 }),
    ];

    private static WorkedExample Of(string variant, double expected, ContrastiveBayesian.Options options, params double[] gradient)
        => new("contrastive-bayesian", variant, expected, at => ContrastiveBayesian.Value(at[0], FourLabels, options),
            ExampleInput.Rows(FourRows, 2, gradient));
}
