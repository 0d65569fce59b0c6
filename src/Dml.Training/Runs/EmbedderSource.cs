using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;
using Dml.Training.Network;
using Dml.Training.Recipes;
using Dml.Training.Torch;
using Dml.Training.Weights;
using TorchSharp;

namespace Dml.Training.Runs;

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
            throw new RecipeException(
                $"{Path.GetFullPath(folder)} is neither a run (it has no recipe.json) nor an embedder (it has no "
                    + $"{EmbedderManifest.FileName}).");
        }

        TorchLibraries.Check();
        var run = RunFolder.Open(folder);
        var recipe = run.ReadRecipe();
        return new(folder, recipe, use =>
        {
            using var network = LoadTrained(run, recipe);
            torch.set_num_threads(Environment.ProcessorCount);
            use(new NetworkEmbedder(network, bfloat16: false), RecipeNetwork.PreprocessingOf(recipe, network));
        });
    }

    /// <summary>A frozen network.</summary>
    public static EmbedderSource OfPretrained(PretrainedChoice choice, ResizeRule resize)
    {
        TorchLibraries.Check();
        return new(choice.Text, null, use =>
        {
            using var network = choice.Open();
            torch.set_num_threads(Environment.ProcessorCount);
            use(new NetworkEmbedder(network, bfloat16: false), network.Preprocessing with { Resize = resize });
        });
    }

    /// <summary>The bare pixels of pictures of this side.</summary>
    /// <exception cref="RecipeException">No such side.</exception>
    public static EmbedderSource OfPixels(int side, ResizeRule resize) => side is >= 1 and <= 256
        ? new($"pixels {side}", null, use => use(new PixelEmbedder(side), new() { InputSize = side, Resize = resize }))
        : throw new RecipeException($"--pixels {side}: expected a side from 1 to 256.");

    /// <summary>The network of a run with the weights that the run keeps, in evaluation mode.</summary>
    /// <exception cref="RecipeException">The run has not reached its first evaluation.</exception>
    public static EmbeddingNetwork LoadTrained(RunFolder run, Recipe recipe)
    {
        if (!File.Exists(run.WeightsPath))
        {
            throw new RecipeException(
                $"{run.Folder} has no weights yet: they are written at the first evaluation. Continue with: dml train --resume --run "
                    + $"{run.Folder}");
        }

        var network = RecipeNetwork.Create(recipe, root: null);
        NetworkWeights.Load(network, run.WeightsPath);
        if (network.Backbone is EmbedderBackbone { IsFileOfWeights: false })
        {
            network.Dispose();
            throw new RecipeException(
                $"{run.Folder} was trained on top of the embedder {recipe.Embedder}, which has become another since. Put the former one "
                    + "back, or train anew.");
        }

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
