using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;
using Dml.Training.Recipes;
using Dml.Training.Reporting;
using Dml.Training.Weights;

namespace Dml.Training.Commands;

/// <summary>Something to evaluate: a run, an exported embedder or a frozen pretrained network.</summary>
/// <param name="Name">As it was given on the command line.</param>
/// <param name="Recipe">The recipe it was trained by; null for a pretrained network.</param>
/// <param name="Use">Opens it, hands it with its preprocessing to the action, and closes it.</param>
internal sealed record EmbedderSource(string Name, Recipe? Recipe, Action<Action<IPictureEmbedder, Preprocessing>> Use)
{
    /// <summary>A run folder, or a model folder.</summary>
    /// <exception cref="RecipeException">It is neither.</exception>
    public static EmbedderSource OfFolder(string folder)
    {
        if (File.Exists(Path.Combine(folder, EmbedderManifest.FileName)))
        {
            return OfModel(folder);
        }
        if (!File.Exists(Path.Combine(folder, "recipe.json")))
        {
            throw new RecipeException($"{Path.GetFullPath(folder)} is neither a run (it has no recipe.json) nor an embedder (it has no {EmbedderManifest.FileName}).");
        }
        var run = RunFolder.Open(folder);
        var recipe = run.ReadRecipe();
        return new(folder, recipe, use =>
        {
            using var network = LoadTrained(run, recipe);
            use(new NetworkEmbedder(network, bfloat16: false), RecipeNetwork.PreprocessingOf(recipe, network));
        });
    }

    /// <summary>A frozen network: <c>backbone[,option=value…]:file.safetensors</c>.</summary>
    /// <exception cref="RecipeException">Not of this form, an unknown backbone or option, or weights that do not fit.</exception>
    public static EmbedderSource OfPretrained(string text, ResizeRule resize)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1)
        {
            throw new RecipeException($"--pretrained {text}: expected backbone[,option=value…]:file.safetensors, such as deit-tiny,halfNormalization=true:vit.safetensors.");
        }
        var parts = text[..colon].Split(',');
        var options = new JsonObject();
        foreach (var setting in parts[1..])
        {
            RecipeSetting.Apply(options, setting);
        }
        return new(text, null, use =>
        {
            using var backbone = BackboneCatalogue.Create(parts[0], options, new Initializer(1));
            RecipeNetwork.LoadPretrained(backbone, Path.GetFullPath(text[(colon + 1)..]));
            backbone.eval();
            use(new FrozenBackboneEmbedder(backbone), backbone.Preprocessing with { Resize = resize });
        });
    }

    /// <summary>The network of a run with the weights that were evaluated last, in evaluation mode.</summary>
    /// <exception cref="RecipeException">The run has not come to its first evaluation.</exception>
    public static EmbeddingNetwork LoadTrained(RunFolder run, Recipe recipe)
    {
        if (!File.Exists(run.WeightsPath))
        {
            throw new RecipeException($"{run.Folder} has no weights yet: they are written at the first evaluation. Go on with: dml train --resume --run {run.Folder}");
        }
        var network = RecipeNetwork.Create(recipe, root: null);
        NetworkWeights.Load(network, run.WeightsPath);
        network.SetTraining(false);
        return network;
    }

    private static EmbedderSource OfModel(string folder)
    {
        var manifest = EmbedderManifest.Load(folder);
        var recipe = manifest.Training?["recipe"] is JsonObject json ? RecipeFile.Read(json.ToJsonString(), []).Resolve() : null;
        return new(folder, recipe, use =>
        {
            using var embedder = Embedder.Open(folder);
            use(new OnnxEmbedder(embedder), embedder.Manifest.Preprocessing);
        });
    }
}
