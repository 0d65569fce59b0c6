using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Dml.Api.Retrains;

/// <summary>Writes the report of a retrain: one self-contained HTML file, apart from its links to items.</summary>
internal static class RetrainReport
{
    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c2230;background:#fff}
        table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem 1.2rem .2rem 0;text-align:left;vertical-align:top}
        td.n{text-align:right;font-variant-numeric:tabular-nums}
        .outcome{padding:.6rem 1rem;border-radius:6px;background:#f3f5f9;border-left:5px solid #9aa3b5}.activated{border-color:#1a8f4c}
        .refused,.failed{border-color:#c9352b}
        .wall{overflow-x:auto}.row{display:flex;gap:5px;margin:8px 0;align-items:center}
        .row b{width:3.2rem;font:600 11px system-ui;color:#56607a;flex:none}
        .row figure{margin:0;width:64px;flex:none}
        .row figcaption{font:10px/1.3 system-ui;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
        .row img{width:56px;height:56px;padding:2px;border:3px solid #9aa3b5;border-radius:6px;display:block}
        .right img{border-color:#1a8f4c}.wrong img{border-color:#c9352b;border-style:dashed}.query img{border-color:#2459c4}
        """;

    /// <summary>What a content security policy has to allow for the report's style.</summary>
    public static string StyleHash { get; } = $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}";

    private static readonly string[] NoFigures = ["pictures", "classes", "queries", "loneQueries", "intervals"];

    /// <param name="state">Must have an outcome.</param>
    /// <param name="changed">Queries whose answers changed; null when training was not completed.</param>
    public static byte[] Write(RetrainState state, JsonArray? changed)
    {
        var title = $"Retrain {state.Id}";
        var html = new StringBuilder();
        html.Append(
            CultureInfo.InvariantCulture,
            $"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
            + $"content='width=device-width,initial-scale=1'><link rel='icon' href='data:,'>"
            + $"<title>{title}</title><style>{Style}</style></head><body><h1>{title}</h1>"
        );
        html.Append(
            CultureInfo.InvariantCulture,
            $"<p class='outcome {state.Outcome.ToString()!.ToLowerInvariant()}'><strong>{state.Outcome}.</strong> "
            + $"{Encode(state.Message)}</p>"
        );
        AppendFacts(html, state);
        AppendFigures(html, state.Training?["figures"]);
        AppendGate(html, state);
        AppendWall(html, changed);
        return Encoding.UTF8.GetBytes(html.Append("</body></html>\n").ToString());
    }

    private static void AppendFacts(StringBuilder html, RetrainState state)
    {
        html.Append("<table>");
        Fact("Started", $"{state.StartedAt:yyyy-MM-dd HH:mm:ss} UTC");
        Fact("Duration", $"{(state.EndedAt - state.StartedAt)?.TotalSeconds:F1} s");
        Fact("Before", state.FromModel is null ? null : $"{state.FromModel}, generation {state.FromGeneration}");
        Fact(
            "Candidate",
            state.Training is null ? null : $"{state.Model}{(state.Generation is { } number ? $", generation {number}" : "")}");
        Fact("Training", (string?)state.Training?["start"]);
        Fact("Epochs", state.Training?["epochs"]?.ToString());
        if (state.Counts is { } counts)
        {
            Fact("Learnt from", $"{counts.TrainingPictures} pictures of {counts.TrainingLabels} labels");
            Fact("Feedback used", $"{counts.RightPairs} right and {counts.WrongPairs} wrong pairs");
            Fact("Held out", $"{counts.HeldOutPictures} pictures of {counts.HeldOutLabels} labels");
        }

        html.Append("</table>");

        void Fact(string name, string? value)
        {
            if (value is not null)
            {
                html.Append(CultureInfo.InvariantCulture, $"<tr><th>{name}</th><td>{Encode(value)}</td></tr>");
            }
        }
    }

    private static void AppendFigures(StringBuilder html, JsonNode? figures)
    {
        if (figures?["before"] is not JsonObject before || figures["after"] is not JsonObject after)
        {
            return;
        }

        html.Append(
            CultureInfo.InvariantCulture,
            $"<h2>Held-out labels, before and after</h2><p>{before["queries"]} queries that share their label with another picture, "
            + $"each against all other held-out pictures; 95 % intervals in "
            + $"brackets.</p><table><tr><th></th><th>before</th><th>after</th></tr>"
        );
        foreach (var name in before.Select(figure => figure.Key).Where(name => !NoFigures.Contains(name)))
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<tr><th>{Encode(name)}</th><td class='n'>{Cell(before, name)}</td><td class='n'>{Cell(after, name)}</td></tr>");
        }

        html.Append("</table>");
    }

    private static string Cell(JsonObject figures, string name) => figures["intervals"]?[name] is JsonArray { Count: 2 } interval
        ? string.Create(CultureInfo.InvariantCulture, $"{(double)figures[name]!:F4} [{(double)interval[0]!:F4}, {(double)interval[1]!:F4}]")
        : string.Create(CultureInfo.InvariantCulture, $"{(double?)figures[name]:F4}");

    private static void AppendGate(StringBuilder html, RetrainState state)
    {
        if (state.Gate is not { } gate)
        {
            return;
        }

        html.Append(CultureInfo.InvariantCulture, $"<h2>Gate: {(gate.Passed ? "passed" : "refused")}</h2><table>");
        foreach (var check in gate.Checks)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<tr><th>{Encode(check.Name)}</th><td>{(check.Passed ? "passed" : "failed")}</td><td>{Encode(check.Detail)}</td></tr>");
        }

        html.Append("</table>");
    }

    private static void AppendWall(StringBuilder html, JsonArray? changed)
    {
        if (changed is not { Count: > 0 })
        {
            return;
        }

        html.Append(
            "<h2>Queries whose answers changed most</h2><p>The query, in blue, and its nearest held-out pictures before and after. "
            + "Pictures in green frames have its label, those in dashed red frames do not.</p><div class='wall'>"
        );
        foreach (var row in changed)
        {
            foreach (var side in new[] { "before", "after" })
            {
                html.Append(CultureInfo.InvariantCulture, $"<div class='row'><b>{side}</b>");
                AppendPicture(html, row!["query"]!, "query");
                foreach (var hit in row[side]!.AsArray())
                {
                    AppendPicture(html, hit!, (bool)hit!["right"]! ? "right" : "wrong");
                }

                html.Append("</div>");
            }
        }

        html.Append("</div>");
    }

    private static void AppendPicture(StringBuilder html, JsonNode picture, string kind)
    {
        var (item, label) = (Encode((string)picture["item"]!), Encode((string)picture["label"]!));
        html.Append(
            CultureInfo.InvariantCulture,
            $"<figure class='{kind}'><a href='/items/{item}'><img alt='{label}' title='{item}' "
            + $"src='data:image/jpeg;base64,{picture["jpeg"]}'></a><figcaption>{label}</figcaption></figure>"
        );
    }

    private static string Encode(string? text) => WebUtility.HtmlEncode(text ?? "");
}
