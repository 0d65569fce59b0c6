using System.Globalization;
using System.Net;
using System.Text;
using Dml.Embedding;
using Dml.Training.Evaluation;
using Dml.Training.Recipes;
using Dml.Training.Reporting;
using Dml.Training.Runs;

namespace Dml.Training.Comparison;

/// <summary>
/// The leaderboard as one self-contained HTML file: table, intervals, curves, and the answers of every method to the same
/// queries.
/// </summary>
internal static class ComparisonReport
{
    private const int PictureSide = 64;
    private const int WallQueries = 10;

    private const string Style = """
        .board td:nth-child(2),.board th:nth-child(2){text-align:left}
        .bar{stroke:#2459c4;stroke-width:3}.zero{stroke:#9aa3b5;stroke-dasharray:4 3}
        .answers{display:grid;grid-template-columns:12rem repeat(8,64px);gap:4px 6px;align-items:center;margin:.5rem 0 1.5rem}
        .answers span{font-size:13px;overflow:hidden;text-overflow:ellipsis}
        .p{display:inline-block;width:56px;height:56px;background-size:cover;border:4px solid #c9352b;border-style:dashed;border-radius:6px}
        .ok{border-color:#1a8f4c;border-style:solid}.q{border-color:#9aa3b5;border-style:solid}
        """;

    public static string Write(ComparisonGrid grid, Leaderboard board, RecipeData data, CancellationToken cancel)
    {
        var title = WebUtility.HtmlEncode(Path.GetFileName(Path.GetFullPath(grid.Folder)));
        var html = new StringBuilder();
        var walls = board
            .Rows.Select(row =>
                (
                    row.Method.Name,
                    Wall: grid.Cells.First(c => c.Method.Name == row.Method.Name && c.IsDone)
                        .ReadResult()
                        .Neighbourhoods.Take(WallQueries)
                        .ToArray()))
            .ToArray();
        html.Append(
            CultureInfo.InvariantCulture,
            $"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
                + $"content='width=device-width,initial-scale=1'><title>{title}</title><style>{HtmlReport.Style}{Style}");
        AppendPictures(html, walls.SelectMany(w => w.Wall), data, cancel);
        html.Append(
            CultureInfo.InvariantCulture,
            $"</style></head><body><h1>{title}</h1><p>{data.Split.HeldOut.Count} held-out pictures "
                + $"({WebUtility.HtmlEncode(data.HeldOutProtocol.Description)}). Means over seeds and queries; the intervals draw both "
                + $"again.</p>");
        AppendTable(html, board);
        AppendIntervals(html, board);
        AppendCurves(html, grid, board);
        AppendWalls(html, walls);
        return html.Append("</body></html>\n").ToString();
    }

    private static void AppendTable(StringBuilder html, Leaderboard board)
    {
        html.Append("<table class='board'>");
        foreach (
            var (line, number) in LeaderboardTable
                .ToMarkdown(board)
                .Split('\n')
                .TakeWhile(line => line.StartsWith('|'))
                .Where((_, i) => i != 1)
                .Select((line, number) => (line, number)))
        {
            var kind = number == 0 ? "th" : "td";
            html.Append("<tr>");
            foreach (var cell in line.Trim('|').Split('|'))
            {
                html.Append(CultureInfo.InvariantCulture, $"<{kind}>{WebUtility.HtmlEncode(cell.Trim())}</{kind}>");
            }

            html.Append("</tr>");
        }

        html.Append("</table>");
    }

    private static void AppendIntervals(StringBuilder html, Leaderboard board)
    {
        const int row = 22, left = 190, width = 760;
        if (board.Rows.Count == 0)
        {
            return;
        }

        var low = board.Rows.Min(r => r.Figure.Interval!.Value.Low);
        var high = board.Rows.Max(r => r.Figure.Interval!.Value.High);
        double X(double value) => left + ((value - low) / Math.Max(high - low, 1e-9) * (width - left - 20));
        html.Append(
            CultureInfo.InvariantCulture,
            $"<h2>{WebUtility.HtmlEncode(board.Figure)} with 95 % intervals; circles are single trainings</h2><svg viewBox='0 0 {width} "
                + $"{row * (board.Rows.Count + 1)}' role='img' aria-label='intervals'>");
        foreach (var (line, i) in board.Rows.Select((line, i) => (line, i)))
        {
            var (y, interval) = ((i + 0.6) * row, line.Figure.Interval!.Value);
            html.Append(
                CultureInfo.InvariantCulture,
                $"<text x='{left - 8}' y='{y + 4:F1}' text-anchor='end'>{WebUtility.HtmlEncode(line.Method.Name)}</text><line class='bar' "
                    + $"x1='{X(interval.Low):F1}' x2='{X(interval.High):F1}' y1='{y:F1}' y2='{y:F1}'/>");
            foreach (var value in line.BySeed)
            {
                html.Append(
                    CultureInfo.InvariantCulture, $"<circle cx='{X(value):F1}' cy='{y:F1}' r='4'><title>{value:F4}</title></circle>");
            }
        }

        html.Append(
            CultureInfo.InvariantCulture,
            $"<text x='{left}' y='{row * (board.Rows.Count + 0.8):F1}'>{low:F3}</text><text x='{width - 20}' "
                + $"y='{row * (board.Rows.Count + 0.8):F1}' text-anchor='end'>{high:F3}</text></svg>");
    }

    private static void AppendCurves(StringBuilder html, ComparisonGrid grid, Leaderboard board)
    {
        html.Append("<h2>Training, first seed</h2><div class='curves'>");
        foreach (var row in board.Rows.Where(r => r.Method.Train))
        {
            var metrics = RunFolder.Open(grid.Cells.First(c => c.Method.Name == row.Method.Name && c.IsDone).RunFolder).ReadMetrics();
            html.Append(
                Curve.ToSvg(
                    $"{row.Method.Name}: {board.Figure}",
                    metrics
                        .Where(m => (string?)m["kind"] == MetricsLine.Evaluation && m[board.Figure] is not null)
                        .Select(m => ((double)m["epoch"]!, (double)m[board.Figure]!))));
        }

        html.Append("</div>");
    }

    private static void AppendWalls(StringBuilder html, (string Name, Neighbourhood[] Wall)[] walls)
    {
        html.Append("<h2>The same queries, and the nearest answers of every method</h2><p>Solid green: relevant. Dashed red: not.</p>");
        for (var query = 0; query < walls.Select(w => w.Wall.Length).DefaultIfEmpty().Min(); query++)
        {
            var asked = walls[0].Wall[query].Query;
            html.Append(
                CultureInfo.InvariantCulture,
                $"<h3><span class='p q {Name(asked)}' role='img' aria-label='query'></span> {WebUtility.HtmlEncode(asked)}</h3><div "
                    + $"class='answers'>");
            foreach (var (name, wall) in walls)
            {
                html.Append(CultureInfo.InvariantCulture, $"<span>{WebUtility.HtmlEncode(name)}</span>");
                foreach (var (answer, right) in wall[query].Answers.Zip(wall[query].Right))
                {
                    html.Append(
                        CultureInfo.InvariantCulture,
                        $"<i class='p {(right ? "ok " : "")}{Name(answer)}' role='img' aria-label='{(right ? "right" : "wrong")}: "
                            + $"{WebUtility.HtmlEncode(answer)}'></i>");
                }

                html.Append(string.Concat(Enumerable.Repeat("<i></i>", 8 - wall[query].Answers.Count)));
            }

            html.Append("</div>");
        }
    }

    // Every picture once, as a class of the style sheet: many methods answer with the same picture.
    private static void AppendPictures(StringBuilder html, IEnumerable<Neighbourhood> walls, RecipeData data, CancellationToken cancel)
    {
        var shown = walls.SelectMany(n => n.Answers.Append(n.Query)).ToHashSet();
        if (shown.Count == 0)
        {
            return;
        }

        using var pixels = data.OpenHeldOut(new Preprocessing { InputSize = PictureSide, Resize = ResizeRule.ShortSideCrop }, null, cancel);
        foreach (var (picture, i) in data.Split.HeldOut.Select((picture, i) => (picture, i)).Where(p => shown.Contains(p.picture.Id)))
        {
            var webp = Convert.ToBase64String(PictureWall.Render(pixels, i, PictureFormat.WebP));
            html.Append(CultureInfo.InvariantCulture, $".{Name(picture.Id)}{{background-image:url(data:image/webp;base64,{webp})}}");
        }
    }

    private static string Name(string id) =>
        "p" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 6));
}
