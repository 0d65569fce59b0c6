using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;

namespace Dml.Training.Reporting;

/// <summary><c>report.html</c>: one self-contained file.</summary>
internal static class HtmlReport
{
    internal const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1c2230;background:#fff}
        .curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}figure{margin:0}figcaption{font-weight:600}
        svg{width:100%;height:auto}
        polyline{fill:none;stroke:#2459c4;stroke-width:2}circle{fill:#2459c4}.grid{stroke:#dde2ea}svg text{font-size:11px;fill:#56607a}
        table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0;text-align:right}th:first-child,td:first-child{text-align:left}
        .wall{overflow-x:auto}.row{display:flex;gap:6px;margin:6px 0}.row figure{width:76px;flex:none}
        .row figcaption{font:11px/1.3 system-ui;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
        .row img{width:64px;height:64px;padding:3px;border:3px solid #9aa3b5;border-radius:6px;display:block}
        .right img{border-color:#1a8f4c}.wrong img{border-color:#c9352b;border-style:dashed}.query{margin-right:14px}
        pre{background:#f3f5f9;padding:1rem;overflow-x:auto;border-radius:6px}
        """;

    /// <param name="title">The run's name.</param>
    /// <param name="recipe">Shown whole.</param>
    /// <param name="metrics">The lines of <c>metrics.jsonl</c>.</param>
    /// <param name="wall">Queries and neighbours of the weights that are kept; null before the first evaluation.</param>
    /// <param name="kept">Which epoch's weights these are, in a sentence; null before the first evaluation.</param>
    public static string Write(string title, JsonObject recipe, IReadOnlyList<JsonObject> metrics, PictureWall? wall, string? kept)
    {
        var epochs = metrics.Where(m => (string?)m["kind"] == MetricsLine.Epoch).ToArray();
        var evaluations = metrics.Where(m => (string?)m["kind"] == MetricsLine.Evaluation).ToArray();
        var html = new StringBuilder();
        html.Append(
            CultureInfo.InvariantCulture,
            $"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
            + $"content='width=device-width,initial-scale=1'><title>{WebUtility.HtmlEncode(title)}</title><style>{Style}</style></head>"
            + $"<body><h1>{WebUtility.HtmlEncode(title)}</h1>");
        if (kept is not null)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p>{WebUtility.HtmlEncode(kept)}</p>");
        }

        html.Append("<div class='curves'>")
            .Append(Curve.ToSvg("Loss", Points(epochs, "loss")))
            .Append(Curve.ToSvg("Learning rate", Points(epochs, "learningRate")))
            .Append(Curve.ToSvg("MAP@R, held-out classes", Points(evaluations, "MAP@R")))
            .Append(Curve.ToSvg("R@1, held-out classes", Points(evaluations, "R@1")));
        var validations = evaluations.Where(line => line[MetricsLine.Validation] is not null).ToArray();
        if (validations.Length > 0)
        {
            html.Append(Curve.ToSvg("MAP@R, validation share", validations.Select(ValidationPoint)));
        }

        html.Append("</div>");
        AppendFigures(html, evaluations);
        AppendWall(html, wall);
        html.Append(
            CultureInfo.InvariantCulture,
            $"<h2>Recipe</h2><pre>{WebUtility.HtmlEncode(recipe.ToJsonString(JsonText.Indented))}</pre></body></html>\n");
        return html.ToString();
    }

    private static IEnumerable<(double, double)> Points(IEnumerable<JsonObject> lines, string key)
        => lines.Where(line => line[key] is not null).Select(line => ((double)line["epoch"]!, (double)line[key]!));

    private static (double, double) ValidationPoint(JsonObject line)
        => ((double)line["epoch"]!, (double)line[MetricsLine.Validation]![FigureCatalogue.ChoosesEpoch]!);

    private static void AppendFigures(StringBuilder html, JsonObject[] evaluations)
    {
        if (evaluations.Length == 0)
        {
            return;
        }

        var names = MetricsLine.FigureNames(evaluations[^1]);
        html.Append("<h2>Held-out classes</h2><table><tr><th>epoch</th>");
        foreach (var name in names)
        {
            html.Append(CultureInfo.InvariantCulture, $"<th>{WebUtility.HtmlEncode(name)}</th>");
        }

        foreach (var line in evaluations)
        {
            html.Append(CultureInfo.InvariantCulture, $"</tr><tr><td>{(int)line["epoch"]!}</td>");
            foreach (var name in names)
            {
                html.Append(CultureInfo.InvariantCulture, $"<td>{(double?)line[name]:F4}</td>");
            }
        }

        html.Append("</tr></table>");
    }

    private static void AppendWall(StringBuilder html, PictureWall? wall)
    {
        if (wall is null)
        {
            return;
        }

        html.Append(
            "<h2>Held-out queries and their nearest neighbours</h2><p>The query on the left, then its neighbours, nearest first. "
            + "Solid green: the same class. Dashed red: another class.</p><div class='wall'>");
        foreach (var row in wall.Rows)
        {
            html.Append("<div class='row'>");
            AppendPicture(html, row.Query, "query");
            foreach (var neighbour in row.Neighbours)
            {
                AppendPicture(html, neighbour, neighbour.IsRight ? "right" : "wrong");
            }

            html.Append("</div>");
        }

        html.Append("</div>");
    }

    private static void AppendPicture(StringBuilder html, PictureWallPicture picture, string kind)
    {
        var id = WebUtility.HtmlEncode(picture.Id);
        html.Append(
            CultureInfo.InvariantCulture,
            $"<figure class='{kind}' title='{id}'><img alt='{kind}: {id}' "
            + $"src='data:image/png;base64,{Convert.ToBase64String(picture.Png)}'>"
            + $"<figcaption>{WebUtility.HtmlEncode(picture.Class)}</figcaption></figure>");
    }
}
