using System.Text.Json.Nodes;

namespace Dml.Training.Evaluation;

/// <summary>Everything that is measured on the held-out pictures.</summary>
/// <param name="Figures">In the order of tables.</param>
/// <param name="Protocol">Queries and gallery, in words.</param>
/// <param name="Pictures">Held-out pictures.</param>
/// <param name="Classes">Their classes.</param>
/// <param name="Values">The retrieval figures of every query that counts.</param>
public sealed record EvaluationFigures(IReadOnlyList<Figure> Figures, string Protocol, int Pictures, int Classes, QueryValues Values)
{
    /// <summary>Queries that count.</summary>
    public int Queries => Values.Values.Count;

    /// <summary>Queries left out because no answer is relevant to them.</summary>
    public int LoneQueries => Values.LoneQueries;

    /// <summary>A figure's value by its name.</summary>
    /// <exception cref="KeyNotFoundException">It was not measured.</exception>
    public double this[string name] =>
        Figures.FirstOrDefault(f => f.Name == name)?.Value
        ?? throw new KeyNotFoundException($"'{name}' was not measured; these were: {string.Join(", ", Figures.Select(f => f.Name))}.");

    /// <summary>
    /// The figures, rounded to six places, with what they were measured on; <c>intervals</c> holds [low, high] of those that have one.
    /// </summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["pictures"] = Pictures, ["classes"] = Classes, ["queries"] = Queries, ["loneQueries"] = LoneQueries };
        var intervals = new JsonObject();
        foreach (var figure in Figures)
        {
            json[figure.Name] = Math.Round(figure.Value, 6);
            if (figure.Interval is { } interval)
            {
                intervals[figure.Name] = new JsonArray(Math.Round(interval.Low, 6), Math.Round(interval.High, 6));
            }
        }

        if (intervals.Count > 0)
        {
            json["intervals"] = intervals;
        }

        return json;
    }
}
