using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
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
    private sealed record Options
    {
        public string[] Embedders { get; init; } = [];

        public string[] Pretrained { get; init; } = [];

        public int[] Pixels { get; init; } = [];

        public string? Recipe { get; init; }

        public string? Queries { get; init; }

        public InferenceStrategies? Inference { get; init; }

        public RerankingOptions? Reranking { get; init; }

        public bool Json { get; init; }
    }

    public static Command Create(Workplace workplace)
    {
        var embedders = new Argument<string[]>("embedders")
        {
            Description = "Run folders and model folders.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var pretrained = new Option<string[]>("--pretrained")
        {
            Description = "Also a frozen network: backbone[,option=value…]:weights, such as vit-tiny:vit.safetensors or "
                + "resnet-50:resnet-50.",
        };
        var pixels = new Option<int[]>("--pixels")
        {
            Description = "Also the bare pixels, as pictures of this side: what any embedder has to beat.",
        };
        var recipe = new Option<string?>("--recipe")
        {
            Description = "The recipe whose held-out classes are measured; the first embedder's when left out.",
        };
        var queries = new Option<string?>("--queries")
        {
            Description = "Also write the figures of every query to this file; for one embedder.",
        };
        var rerank = new Option<string?>("--rerank")
        {
            Description = "Also with k-reciprocal re-ranking: k1,k2,lambda, such as 50,20,0.94 (In-Shop: 6,2,0.4).",
        };
        var pool = new Option<string?>("--pool")
        {
            Description = "Also with mixed pooling: max=share[,slope=of the leaky ReLU before it], such as max=0.5,slope=0.75 "
                + "(SOP: max=0.6,slope=1).",
        };
        var mirror = new Option<bool>("--mirror") { Description = "Also with the mean of picture and mirror image." };
        var beta = new Option<double?>("--beta")
        {
            Description = "Also with beta-normalisation, z/|z| + beta z under Euclidean distance, such as 0.004 (SOP: 0.0005).",
            CustomParser = ReadNumber,
        };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("eval", "Measure embedders side by side on the held-out classes.")
        {
            embedders,
            pretrained,
            pixels,
            recipe,
            queries,
            pool,
            mirror,
            beta,
            rerank,
            json,
        };
        command.SetWork((line, cancel) =>
        {
            var options = new Options
            {
                Embedders = line.GetValue(embedders) ?? [],
                Pretrained = line.GetValue(pretrained) ?? [],
                Pixels = line.GetValue(pixels) ?? [],
                Recipe = line.GetValue(recipe),
                Queries = line.GetValue(queries),
                Inference = InferenceChoice.Parse(line.GetValue(pool), line.GetValue(mirror), line.GetValue(beta)),
                Reranking = line.GetValue(rerank) is { } text ? RerankingChoice.Parse(text) : null,
                Json = line.GetValue(json),
            };
            return Evaluate(options, workplace, cancel);
        });
        return command;
    }

    // The library's own parser reads "0,5" as 5.
    private static double? ReadNumber(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        argument.AddError($"--beta is \"{text}\"; expected a number such as 0.004.");
        return null;
    }

    private static int Evaluate(Options options, Workplace workplace, CancellationToken cancel)
    {
        EmbedderSource[] trained = [.. options.Embedders.Select(EmbedderSource.OfFolder)];
        var recipe = options.Recipe is { } path
            ? RecipeFile.Load(path, []).Resolve()
            : trained.Select(t => t.Recipe).FirstOrDefault(r => r is not null) ?? throw new RecipeException(
                "eval: none of these was trained by a recipe; say whose held-out classes to measure with --recipe <recipe.json>.");
        EmbedderSource[] sources =
        [
            .. trained,
            .. options.Pretrained.Select(text => EmbedderSource.OfPretrained(PretrainedChoice.Parse(text), recipe.Resize)),
            .. options.Pixels.Select(side => EmbedderSource.OfPixels(side, recipe.Resize)),
        ];
        if (sources.Length == 0)
        {
            throw new RecipeException("eval: name at least one run folder or model folder, --pretrained or --pixels.");
        }

        if (options.Queries is not null && sources.Length > 1)
        {
            throw new RecipeException($"eval: --queries writes the queries of one embedder; {sources.Length} were named.");
        }

        IReadOnlyList<EvaluatedEmbedder> results = [];
        // Standard output is for the figures.
        Displays.Run(Console.Error, display =>
            results = EvaluationRun.Execute(recipe, sources, workplace, display, options.Inference, options.Reranking, cancel));
        if (options.Queries is { } queries)
        {
            results[0].Queries.Save(queries);
        }

        workplace.Output.WriteLine(options.Json ? ToJson(results).ToJsonString(JsonText.Indented) : EvaluationTable.ToText(results));
        return ExitCodes.Success;
    }

    private static JsonArray ToJson(IReadOnlyList<EvaluatedEmbedder> results) =>
    [
        .. results.Select(r => new JsonObject
        {
            ["embedder"] = r.Name,
            ["dimension"] = r.Dimension,
            ["inputSize"] = r.InputSize,
            ["figures"] = r.Figures.ToJson(),
        }),
    ];
}
