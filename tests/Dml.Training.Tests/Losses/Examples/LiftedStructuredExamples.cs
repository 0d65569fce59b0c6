using Dml.Training.Losses;
using static Dml.Training.Tests.Losses.Examples.WorkedExamples;

namespace Dml.Training.Tests.Losses.Examples;

internal static class LiftedStructuredExamples
{
    internal static IEnumerable<WorkedExample> All =>
    [
        Of("positive pairs", 2.846468, LiftedStructured.Form.Pairs,
            ExampleInput.Rows(FourRows, 2, -.170903, -.325707, -1.494960, 1.843644, 2.404545, -1.353546, -.738682, -.164391)),
        Of("generalised", 1.592403, LiftedStructured.Form.Generalised, ExampleInput.Rows(FourRows, 2, (2, [.866944, -.485623]))),
    ];

    private static WorkedExample Of(string variant, double expected, LiftedStructured.Form form, ExampleInput rows)
        => new("lifted-structured", variant, expected,
            at => LiftedStructured.Value(at[0], FourLabels, new() { Form = form, LengthWeight = 0 }), rows);
}
