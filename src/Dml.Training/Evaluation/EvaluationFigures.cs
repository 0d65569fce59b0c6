using System.Globalization;
using System.Text.Json.Nodes;

namespace Dml.Training.Evaluation;

/// <summary>Everything that is measured on the held-out classes.</summary>
/// <param name="Retrieval">Self-retrieval over all held-out pictures.</param>
/// <param name="Nmi">NMI of k-means clusters, as many as classes; null when it was not asked for.</param>
/// <param name="PairF1">F1 over pairs of the same clusters; null when it was not asked for.</param>
/// <param name="Pictures">Held-out pictures.</param>
/// <param name="Classes">Held-out classes.</param>
public sealed record EvaluationFigures(RetrievalFigures Retrieval, double? Nmi, double? PairF1, int Pictures, int Classes)
{
    /// <summary>Every figure by the name it has in tables, <c>metrics.jsonl</c> and <c>model.json</c>, in the order of tables.</summary>
    public IReadOnlyList<(string Name, double Value)> Named
    {
        get
        {
            List<(string, double)> named = [.. Retrieval.RecallAt.Select(r => (string.Create(CultureInfo.InvariantCulture, $"R@{r.Key}"), r.Value)), ("MAP@R", Retrieval.MapAtR), ("R-precision", Retrieval.RPrecision)];
            named.AddRange(Retrieval.NdcgAt.Select(n => (string.Create(CultureInfo.InvariantCulture, $"nDCG@{n.Key}"), n.Value)));
            if (Nmi is { } nmi)
            {
                named.Add(("NMI", nmi));
            }
            if (PairF1 is { } f1)
            {
                named.Add(("F1", f1));
            }
            return named;
        }
    }

    /// <summary>The named figures, rounded to six places, with what they were measured on.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["pictures"] = Pictures, ["classes"] = Classes, ["queries"] = Retrieval.Queries, ["loneQueries"] = Retrieval.LoneQueries };
        foreach (var (name, value) in Named)
        {
            json[name] = Math.Round(value, 6);
        }
        return json;
    }
}
