using System.Globalization;
using System.Text;
using Dml.Training.Evaluation;

namespace Dml.Training.Runs;

/// <summary>Figures side by side: a line per figure, a column per embedder, with 95 % confidence intervals, in plain text.</summary>
internal static class EvaluationTable
{
    public static string ToText(IReadOnlyList<EvaluatedEmbedder> results)
    {
        var first = results[0].Figures;
        List<string[]> lines =
        [
            ["", .. results.Select(r => r.Name)],
            ["dimension", .. results.Select(r => r.Dimension.ToString(CultureInfo.InvariantCulture))],
            ["input", .. results.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.InputSize} px"))],
            .. first.Figures.Select((figure, i) => (string[])[figure.Name, .. results.Select(r => Cell(r.Figures.Figures[i]))]),
        ];
        var widths = lines[0].Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{first.Pictures} pictures of {first.Classes} held-out classes, {first.Protocol}; {first.Queries} queries count, "
                + $"{first.LoneQueries} are left out (nothing is relevant to them)");
        foreach (var line in lines)
        {
            text.AppendLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        return text.ToString().TrimEnd();
    }

    private static string Cell(Figure figure) => figure.Interval is { } interval
        ? string.Create(CultureInfo.InvariantCulture, $"{figure.Value:F4} [{interval.Low:F4}, {interval.High:F4}]")
        : string.Create(CultureInfo.InvariantCulture, $"{figure.Value:F4}");
}
