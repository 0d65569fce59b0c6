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
        => [$"`{example.Method}`", example.Variant, example.Expected.ToString($"F{example.Decimals}", CultureInfo.InvariantCulture), Status(example.Method)];

    internal static string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("""
            # Worked examples

            Every loss on small inputs whose loss and gradients were computed elsewhere: by the authors' code, by another library, or by an
            independent script in double precision. The tests check these numbers; this page is printed by
            `dotnet run -c Release --project tests/Dml.Benchmarks -- examples`, and a test compares its first columns with the table.

            *Gradient off*: greatest difference to the expected gradients; expected numbers carry 6 to 8 decimals. *Differences off*: greatest
            difference to central differences with step 1e-5, relative where gradients are above 1; a dash where a part of the loss counts as a constant.
            *Source*: how sure the formula is, see [methods](../methods.md).

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

    // A power of ten that is not less: the last digits differ from machine to machine.
    private static string Bound(double error) => error <= 1e-12 ? "0" : string.Create(CultureInfo.InvariantCulture, $"< 1e{(int)Math.Ceiling(Math.Log10(error))}");

    private static string Status(string method) => MethodAbout.Name(LossCatalogue.All.Single(line => line.Name == method).About!.Status);
}
