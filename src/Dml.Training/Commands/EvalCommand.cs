using System.CommandLine;
using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Runs;

namespace Dml.Training.Commands;

/// <summary><c>dml eval</c>.</summary>
internal static class EvalCommand
{
    public static Command Create(Workplace workplace)
    {
        var embedders = new Argument<string[]>("embedders") { Description = "Run folders and model folders.", Arity = ArgumentArity.ZeroOrMore };
        var pretrained = new Option<string[]>("--pretrained") { Description = "A frozen network beside them: backbone[,option=value…]:file.safetensors, such as vit-tiny:vit.safetensors." };
        var pixels = new Option<int[]>("--pixels") { Description = "The bare pixels beside them, as pictures of this side: what any embedder has to beat." };
        var recipe = new Option<string?>("--recipe") { Description = "Whose held-out classes; the first embedder's when left out." };
        var queries = new Option<string?>("--queries") { Description = "Also write the figures of every query to this file; for one embedder." };
        var rerank = new Option<string?>("--rerank") { Description = "Also with k-reciprocal re-ranking: k1,k2,lambda, such as 50,20,0.94 (In-Shop: 6,2,0.4)." };
        var pool = new Option<string?>("--pool") { Description = "Also with mixed pooling: max=share[,slope=of the leaky ReLU before it], such as max=0.5,slope=0.75 (SOP: max=0.6,slope=1)." };
        var mirror = new Option<bool>("--mirror") { Description = "Also with the mean of picture and mirror image." };
        var beta = new Option<double?>("--beta") { Description = "Also with beta-normalisation, z/|z| + beta z under Euclidean distance, such as 0.004 (SOP: 0.0005)." };
        var json = new Option<bool>("--json") { Description = "For programs." };
        var command = new Command("eval", "Measure embedders side by side on the held-out classes.") { embedders, pretrained, pixels, recipe, queries, pool, mirror, beta, rerank, json };
        command.SetAction((parsed, cancel) => Task.Run(() => Evaluate(parsed.GetValue(embedders) ?? [], parsed.GetValue(pretrained) ?? [], parsed.GetValue(pixels) ?? [], parsed.GetValue(recipe), parsed.GetValue(queries), InferenceChoice.Parse(parsed.GetValue(pool), parsed.GetValue(mirror), parsed.GetValue(beta)), parsed.GetValue(rerank) is { } text ? RerankingChoice.Parse(text) : null, parsed.GetValue(json), workplace, cancel), CancellationToken.None));
        return command;
    }

    private static int Evaluate(string[] folders, string[] pretrained, int[] pixels, string? recipePath, string? queriesPath, InferenceStrategies? inference, RerankingOptions? reranking, bool json, Workplace workplace, CancellationToken cancel)
    {
        EmbedderSource[] trained = [.. folders.Select(EmbedderSource.OfFolder)];
        var recipe = recipePath is not null
            ? RecipeFile.Load(recipePath, []).Resolve()
            : trained.Select(t => t.Recipe).FirstOrDefault(r => r is not null) ?? throw new RecipeException("eval: none of these was trained by a recipe; say whose held-out classes to measure with --recipe <recipe.json>.");
        EmbedderSource[] sources = [.. trained, .. pretrained.Select(text => EmbedderSource.OfPretrained(PretrainedChoice.Parse(text), recipe.Resize)), .. pixels.Select(side => EmbedderSource.OfPixels(side, recipe.Resize))];
        if (sources.Length == 0)
        {
            throw new RecipeException("eval: name at least one run folder or model folder, --pretrained or --pixels.");
        }

        if (queriesPath is not null && sources.Length > 1)
        {
            throw new RecipeException($"eval: --queries writes the queries of one embedder; {sources.Length} were named.");
        }

        IReadOnlyList<EvaluatedEmbedder> results = [];
        // Standard output is for the figures.
        Displays.Run(Console.Error, display => results = EvaluationRun.Execute(recipe, sources, workplace, display, inference, reranking, cancel));
        if (queriesPath is not null)
        {
            results[0].Queries.Save(queriesPath);
        }

        workplace.Output.WriteLine(json ? ToJson(results).ToJsonString(JsonText.Indented) : EvaluationTable.ToText(results));
        return ExitCodes.Success;
    }

    private static JsonArray ToJson(IReadOnlyList<EvaluatedEmbedder> results)
        => [.. results.Select(r => new JsonObject { ["embedder"] = r.Name, ["dimension"] = r.Dimension, ["inputSize"] = r.InputSize, ["figures"] = r.Figures.ToJson() })];
}
