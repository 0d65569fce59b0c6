using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Network;
using Dml.Training.Recipes;
using Dml.Training.Reporting;

namespace Dml.Training.Runs;

/// <summary>What is exported.</summary>
/// <param name="Network">In evaluation mode.</param>
/// <param name="Preprocessing">From a picture file to its input.</param>
/// <param name="Recipe">
/// Whose held-out classes measure it, and whose training pictures calibrate an 8-bit one; null: it is not measured.
/// </param>
/// <param name="WasTrained">By this recipe.</param>
/// <param name="Origin">Its provenance, for <c>model.json</c>.</param>
internal sealed record ExportSource(
    EmbeddingNetwork Network, Preprocessing Preprocessing, Recipe? Recipe, bool WasTrained, JsonObject Origin) : IDisposable
{
    /// <summary>Hashes of the labels that it has learnt; null where they are not known.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Which epoch of a training it is, in a sentence.</summary>
    public string? Epoch { get; init; }

    /// <summary>The network of a run, with the weights that the run keeps.</summary>
    /// <exception cref="RecipeException">The run has no weights yet.</exception>
    public static ExportSource OfRun(RunFolder run)
    {
        var recipe = run.ReadRecipe();
        var network = EmbedderSource.LoadTrained(run, recipe);
        var lines = run.ReadMetrics();
        var choice = EpochChoice.Of(recipe.Training, lines);
        var origin = choice.ToJson();
        origin["recipe"] = recipe.ToJson();
        origin["images"] = lines.Where(l => (string?)l["kind"] == MetricsLine.Epoch).Sum(l => (long)l["images"]!);
        return new(network, RecipeNetwork.PreprocessingOf(recipe, network), recipe, WasTrained: true, origin)
        {
            Labels = run.ReadTrainedLabels(),
            Epoch = choice.ToString(),
        };
    }

    /// <summary>A backbone with published weights; the embedding is its feature, scaled to length 1.</summary>
    /// <exception cref="RecipeException">Weights that do not fit, or an unknown backbone or option.</exception>
    public static ExportSource OfPretrained(PretrainedChoice choice, Recipe? recipe)
    {
        var network = choice.Open();
        var resize = recipe?.Resize ?? new Recipe().Resize;
        JsonObject origin = new()
        {
            ["backbone"] = MethodOptions.Write(choice.Backbone.Resolve("backbone", BackboneCatalogue.All)),
            ["weights"] = Path.GetFileName(choice.Weights),
        };
        return new(network, network.Preprocessing with { Resize = resize }, recipe, WasTrained: false, origin)
        {
            Labels = TrainedLabels.OfWeights(choice.Weights, Directory.GetCurrentDirectory()),
        };
    }

    public void Dispose() => Network.Dispose();
}
