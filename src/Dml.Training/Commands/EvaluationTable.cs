using System.Globalization;
using System.Text;

namespace Dml.Training.Commands;

/// <summary>Figures side by side: a line per figure, a column per embedder, in plain text.</summary>
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
            .. first.Named.Select((figure, i) => (string[])[figure.Name, .. results.Select(r => r.Figures.Named[i].Value.ToString("F4", CultureInfo.InvariantCulture))]),
        ];
        var widths = lines[0].Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{first.Pictures} pictures of {first.Classes} held-out classes; {first.Retrieval.Queries} queries, {first.Retrieval.LoneQueries} skipped (alone in their class)");
        foreach (var line in lines)
        {
            text.AppendLine(string.Join("  ", line.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).TrimEnd());
        }
        return text.ToString().TrimEnd();
    }
}
