using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;
using Dml.Training.Progress;
using Dml.Training.Recipes;

namespace Dml.Training.Runs;

/// <summary>Measures several embedders on the same held-out classes.</summary>
internal static class EvaluationRun
{
    /// <param name="recipe">Its held-out split is measured.</param>
    /// <param name="sources">
    /// The embedders. One that was trained on another split of the same dataset is refused: it has seen some of the classes.
    /// </param>
    /// <param name="workplace">Where the pictures are.</param>
    /// <param name="display">Shows the progress.</param>
    /// <param name="inference">Measures every network a second time with these strategies; null: once.</param>
    /// <param name="reranking">Measures everything a second time with re-ranking; null: once.</param>
    /// <param name="cancel">Stops.</param>
    public static IReadOnlyList<EvaluatedEmbedder> Execute(
        Recipe recipe,
        IReadOnlyList<EmbedderSource> sources,
        Workplace workplace,
        IDisplay display,
        InferenceStrategies? inference,
        RerankingOptions? reranking,
        CancellationToken cancel)
    {
        foreach (var source in sources.Where(s => s.Recipe is not null))
        {
            if (!Same(source.Recipe!, recipe, "dataset"))
            {
                display.Say($"{source.Name} was trained on another dataset; fair as long as the classes held out here are not in it.");
            }
            else if (!Same(source.Recipe!, recipe, "split"))
            {
                throw new RecipeException(
                    $"{source.Name} was trained with another split of this dataset: it has seen classes that are held out here. "
                    + "Evaluate it alone, or give its recipe with --recipe.");
            }
        }

        var data = new RecipeData(recipe, workplace.Root, workplace.Cache);
        var evaluated = new List<EvaluatedEmbedder>();
        foreach (var source in sources)
        {
            source.Use((embedder, preprocessing) =>
            {
                List<(string Name, IPictureEmbedder Embedder)> ways = [(source.Name, embedder)];
                if (inference is not null)
                {
                    var trained = embedder as NetworkEmbedder ?? throw new RecipeException(
                        $"{source.Name}: --pool, --mirror and --beta change the computation inside a network; expected a run folder or "
                        + "--pretrained, not an exported embedder.");
                    ways.Add(($"{source.Name} with {inference}", new InferenceEmbedder(trained.Network, inference)));
                }

                var progress = new StageProgress(display);
                display.Begin($"decode for {source.Name}", data.Split.HeldOut.Count);
                using var pictures = data.OpenHeldOut(preprocessing, progress, cancel);
                foreach (var (name, way) in ways)
                {
                    display.Begin($"embed with {name}", pictures.Count);
                    var vectors = HeldOutEvaluation.Embed(way, pictures, recipe.Evaluation.BatchSize, progress, cancel);
                    var neighbourhoods = Neighbourhood.Draw(
                        vectors, data.HeldOutProtocol, data.Split.HeldOut, recipe.Evaluation.WallQueries);
                    Add(name, data.Measure(vectors, thorough: true, cancel));
                    if (reranking is not null)
                    {
                        Add($"{name} re-ranked", data.Measure(vectors, thorough: true, reranking, cancel));
                    }

                    void Add(string column, EvaluationFigures figures) => evaluated.Add(new(
                        column,
                        way.Dimension,
                        way.InputSize,
                        figures,
                        QueryFile.Of(figures.Values, data.Split.HeldOut, neighbourhoods)));
                }
            });
        }

        return evaluated;
    }

    private static bool Same(Recipe one, Recipe other, string section) =>
        JsonNode.DeepEquals(one.ToJson()[section], other.ToJson()[section]);
}
