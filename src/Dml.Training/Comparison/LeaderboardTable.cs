using System.Globalization;
using System.Text;

namespace Dml.Training.Comparison;

/// <summary>A leaderboard as a Markdown table; a person reads it in a terminal as well.</summary>
internal static class LeaderboardTable
{
    public static string ToMarkdown(Leaderboard board)
    {
        var others = board.Rows.Count > 0 ? board.Rows[0].Others.Select(f => f.Name).ToArray() : [];
        List<string[]> lines =
        [
            ["", "method", $"{board.Figure} [95 %]", .. others, "difference [95 %]", "to", "p (Holm)", "seeds"],
            .. board.Rows.Select((row, i) => Cells(i + 1, row, others)),
        ];
        var widths = lines[0].Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var (line, number) in lines.Select((line, number) => (line, number)))
        {
            text.Append("| ").AppendJoin(" | ", line.Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
            if (number == 0)
            {
                text.Append('|').AppendJoin('|', widths.Select(width => new string('-', width + 2))).Append("|\n");
            }
        }

        foreach (var name in board.Missing)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{name}: no finished training.\n");
        }

        return text.ToString();
    }

    private static string[] Cells(int rank, LeaderboardRow row, IReadOnlyList<string> others)
    {
        var interval = row.Figure.Interval!.Value;
        return
        [
            rank.ToString(CultureInfo.InvariantCulture),
            row.Method.Name,
            string.Create(CultureInfo.InvariantCulture, $"{row.Figure.Value:F4} [{interval.Low:F4}, {interval.High:F4}]"),
            .. others.Select(name => row.Others.FirstOrDefault(f => f.Name == name) is { } other
                ? other.Value.ToString("F4", CultureInfo.InvariantCulture)
                : "–"),
            row.Difference is { } d ? $"{Signed(d.Value)} [{Signed(d.Interval.Low)}, {Signed(d.Interval.High)}]" : "–",
            row.Difference?.Against ?? "–",
            row.Difference is { } tested
                ? string.Create(CultureInfo.InvariantCulture, $"{tested.P:F3}{(tested.IsSignificant ? " *" : "")}")
                : "–",
            row.Seeds.ToString(CultureInfo.InvariantCulture),
        ];
    }

    // Rounded first: a value that rounds to 0 has no sign.
    private static string Signed(double value) => Math.Round(value, 4).ToString("+0.0000;−0.0000;0.0000", CultureInfo.InvariantCulture);
}
