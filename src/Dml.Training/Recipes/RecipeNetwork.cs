using Dml.Embedding;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Heads;
using Dml.Training.Network;
using Dml.Training.Weights;
using TorchSharp;

namespace Dml.Training.Recipes;

/// <summary>The network of a recipe.</summary>
internal static class RecipeNetwork
{
    /// <summary>Builds it, with pretrained weights where the recipe names some.</summary>
    /// <param name="recipe">What to build.</param>
    /// <param name="root">
    /// Where a relative path of pretrained weights starts; null leaves them out, for a network that gets a run's weights anyway.
    /// </param>
    /// <exception cref="RecipeException">An option that cannot be used, or weights that do not fit.</exception>
    public static EmbeddingNetwork Create(Recipe recipe, string? root)
    {
        if (recipe.Embedder is { } embedder)
        {
            return OnTop(Path.GetDirectoryName(PretrainedFile.Find(embedder, root ?? Directory.GetCurrentDirectory()))!);
        }

        var network = EmbeddingNetwork.Create(recipe.Backbone, recipe.Head, recipe.Training.Seed);
        if (root is not null && recipe.Pretrained is { } file)
        {
            LoadPretrained(network.Backbone, PretrainedFile.Find(file, root));
        }

        return network;
    }

    /// <summary>An embedder as it is with a linear map of its vectors, which can learn.</summary>
    /// <param name="folder">The embedder's.</param>
    /// <exception cref="RecipeException">It cannot be loaded.</exception>
    public static EmbeddingNetwork OnTop(string folder)
    {
        try
        {
            var backbone = new EmbedderBackbone(folder);
            return new(backbone, new VectorHead(backbone.OutputDimension));
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException or EmbedderException)
        {
            throw new RecipeException($"Training on top of an embedder: {e.Message}", e);
        }
    }

    /// <summary>Another network of the same recipe with the same weights, on the processor.</summary>
    public static EmbeddingNetwork Copy(Recipe recipe, EmbeddingNetwork network)
    {
        using var noGradient = torch.no_grad();
        var copy = Create(recipe, root: null);
        var weights = network.state_dict();
        foreach (var (name, tensor) in copy.state_dict())
        {
            tensor.copy_(weights[name]);
        }

        return copy;
    }

    /// <summary>Fills a backbone with published weights.</summary>
    /// <exception cref="RecipeException">No such file, or it does not fit.</exception>
    public static PretrainedReport LoadPretrained(Backbone backbone, string path)
    {
        try
        {
            return PretrainedWeights.Load(backbone, path);
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException or DirectoryNotFoundException or EmbedderException)
        {
            throw new RecipeException($"Pretrained weights: {e.Message}", e);
        }
    }

    /// <summary>
    /// From a picture file to what the network takes: the backbone's normalisation and the recipe's resize rule; an embedder's own for a
    /// map on top of it.
    /// </summary>
    public static Preprocessing PreprocessingOf(Recipe recipe, EmbeddingNetwork network) =>
        network.Backbone is EmbedderBackbone
            ? network.Preprocessing
            : network.Preprocessing with
            {
                Resize = recipe.Resize,
            };
}
