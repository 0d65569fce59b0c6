using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dml.Files;
using Dml.Training.Catalogues;

namespace Dml.Training.Comparison;

/// <summary>A grid of methods and seeds on one recipe, as <c>dml compare</c> reads it.</summary>
public sealed partial record ComparisonFile
{
    /// <summary>The recipe that all rows share.</summary>
    public JsonObject Recipe { get; init; } = [];

    /// <summary>Every method is trained once with each.</summary>
    public int[] Seeds { get; init; } = [1, 2, 3];

    /// <summary>The row that the others are tested against.</summary>
    public string Baseline { get; init; } = "";

    /// <summary>The figure that the leaderboard is ordered by.</summary>
    public string Figure { get; init; } = "MAP@R";

    /// <summary>The rows.</summary>
    public ComparisonMethod[] Methods { get; init; } = [];

    /// <summary>Reads one; an unknown key is an error that names the right ones.</summary>
    /// <exception cref="RecipeException">No such file, no JSON, an unknown key, or an impossible grid.</exception>
    public static ComparisonFile Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new RecipeException($"There is no comparison at {Path.GetFullPath(path)}.");
        }

        JsonNode? json;
        try
        {
            json = JsonNode.Parse(
                SmallFile.ReadText(path), null, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException error)
        {
            throw new RecipeException($"{path} is not JSON: {error.Message}", error);
        }

        var grid = json as JsonObject ?? throw new RecipeException("A comparison is a JSON object.");
        foreach (var method in grid["methods"] as JsonArray ?? [])
        {
            MethodOptions.Read("comparison method", new ComparisonMethod(), method as JsonObject);
        }

        var file = MethodOptions.Read("comparison", new ComparisonFile(), grid);
        file.Check();
        return file;
    }

    private void Check()
    {
        Require(
            Seeds.Length > 0 && Seeds.Distinct().Count() == Seeds.Length, "seeds must be different whole numbers, at least one",
            string.Join(", ", Seeds));
        Require(Methods.Length > 0, "methods must name at least one row", "none");
        foreach (var method in Methods)
        {
            Require(Name().IsMatch(method.Name), "a method's name has letters, digits, '.', '_', '+' and '-'", method.Name);
            Require(
                method.Against is null || Methods.Any(m => m.Name == method.Against), $"'{method.Name}' is against a row of the comparison",
                method.Against!);
        }

        Require(
            Methods.DistinctBy(m => m.Name).Count() == Methods.Length, "no two methods have one name",
            string.Join(", ", Methods.CountBy(m => m.Name).Where(n => n.Value > 1).Select(n => n.Key)));
        Require(Methods.Any(m => m.Name == Baseline), "baseline must name a row", Baseline);
    }

    private static void Require(bool holds, string rule, string got)
    {
        if (!holds)
        {
            throw new RecipeException($"comparison: {rule}; got '{got}'.");
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9._+-]{1,64}$")]
    private static partial Regex Name();
}
