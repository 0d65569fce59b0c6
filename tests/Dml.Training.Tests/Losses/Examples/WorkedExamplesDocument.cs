using System.Globalization;
using System.Text;
using Dml.Training.Catalogues;
using Dml.Training.Losses;

namespace Dml.Training.Tests.Losses.Examples;

/// <summary><c>docs/results/worked-examples.md</c>.</summary>
internal static class WorkedExamplesDocument
{
    /// <summary>The cells of an example that do not depend on the machine.</summary>
    internal static string[] Cells(WorkedExample example)
        =>
        [
            $"`{example.Method}`",
            example.Variant,
            example.Expected.ToString($"F{example.Decimals}", CultureInfo.InvariantCulture),
            Status(example.Method),
        ];

    internal static string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("""
            # Worked examples

            Every loss on small inputs whose loss and gradients were computed elsewhere: by the authors' code, by another library, or by an
            independent script in double precision. The tests check these numbers. This page is the output of
            `dotnet run -c Release --project tests/Dml.Benchmarks -- examples`; a test compares its first columns with the table.

            *Gradient off*: the largest difference from the expected gradients; expected numbers have 6 to 8 decimals. *Differences off*:
            the largest difference from central differences with step 1e-5, relative for gradients above 1; a dash if a part of the loss
            is treated as a constant. *Source*: how well the formula is backed by its source, see [methods](../methods.md).

            | loss | example | expected | source | got | gradient off | differences off |
            |---|---|---|---|---|---|---|

            """);
        foreach (var example in WorkedExamples.All)
        {
            var run = ExampleRun.Of(example);
            string[] cells =
            [
                .. Cells(example),
                run.Got.ToString($"F{example.Decimals + 2}", CultureInfo.InvariantCulture),
                run.GradientError is { } off ? Bound(off) : "",
                example.IsWholeGradient ? Bound(run.DifferenceError) : "–",
            ];
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");
        }

        return text.ToString();
    }

    // The next power of ten, because the last digits differ between machines.
    private static string Bound(double error)
        => error <= 1e-12 ? "0" : string.Create(CultureInfo.InvariantCulture, $"< 1e{(int)Math.Ceiling(Math.Log10(error))}");

    private static string Status(string method)
        => MethodAbout.Name(LossCatalogue.All.Single(line => line.Name == method).About.Status);
}
