using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Export;
using Dml.Training.Network;
using Dml.Training.Recipes;
using Dml.Training.Weights;

namespace Dml.Training.Runs.Nightly;

/// <summary>The starting point of a night's training.</summary>
/// <param name="Network">On the active embedder's weights, on top of its vectors, or on the weights of the recipe.</param>
/// <param name="Recipe">To train it by.</param>
/// <param name="IsContinued">Whether it begins with the active embedder's answers.</param>
/// <param name="Reason">In a sentence.</param>
internal sealed record StartingPoint(EmbeddingNetwork Network, Recipe Recipe, bool IsContinued, string Reason) : IDisposable
{
    /// <summary>Whether the active embedder stays as it is and only a map on top of its vectors learns.</summary>
    public bool IsOnTop => Network.Backbone is EmbedderBackbone;

    /// <param name="embedderFolder">The active embedder.</param>
    /// <param name="changes">Of its recipe; where they name a backbone, one that cannot be continued gives way to it.</param>
    /// <param name="threads">libtorch's.</param>
    /// <param name="root">Where a relative path of pretrained weights starts.</param>
    /// <exception cref="RecipeException">The changes cannot be used.</exception>
    public static StartingPoint Of(string embedderFolder, JsonObject changes, int threads, string root)
    {
        var manifest = EmbedderManifest.Load(embedderFolder);
        var active = NightlyRecipe.Of(manifest);
        string reason;
        if (active is null)
        {
            reason = manifest.Training?["recipe"] is null
                ? $"its {EmbedderManifest.FileName} has no training.recipe"
                : "it is a map on top of another embedder";
        }
        else
        {
            try
            {
                return Continue(embedderFolder, manifest, NightlyRecipe.Continuing(active, changes, threads));
            }
            catch (Exception e) when (e is RecipeException or InvalidDataException or ParityException)
            {
                reason = e.Message;
            }
        }

        if (!changes.ContainsKey("backbone"))
        {
            return new(
                RecipeNetwork.OnTop(embedderFolder), NightlyRecipe.OnTop(changes, threads), IsContinued: true,
                $"The weights of {manifest.Name} cannot be continued ({reason}). It stays as it is, and a linear map on top of its vectors "
                    + "is trained.");
        }

        var recipe = NightlyRecipe.FromScratch(active, changes, threads);
        var weights = recipe.Pretrained is { } file ? $"the weights of {file}" : "random weights";
        return new(
            RecipeNetwork.Create(recipe, root), recipe, IsContinued: false,
            $"The weights of {manifest.Name} cannot be continued ({reason}). Training begins with {weights}.");
    }

    public void Dispose() => Network.Dispose();

    private static StartingPoint Continue(string folder, EmbedderManifest manifest, Recipe recipe)
    {
        var network = RecipeNetwork.Create(recipe, root: null);
        try
        {
            if (manifest.Dimension != network.Dimension || !Same(manifest.Preprocessing, RecipeNetwork.PreprocessingOf(recipe, network)))
            {
                throw new InvalidDataException($"{manifest.Name}'s preprocessing or dimension is not that of its recipe's network");
            }

            network.SetTraining(false);
            var path = Path.Combine(folder, EmbedderManifest.NetworkFileName);
            OnnxWeights.Load(network, path);
            OnnxParity.Check(network, path);
            return new(
                network, recipe, IsContinued: true,
                $"Training continues from the weights of {manifest.Name} ({manifest.Fingerprint[..16]}).");
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static bool Same(Preprocessing one, Preprocessing other) =>
        one.InputSize == other.InputSize && one.Resize == other.Resize && one.NormalizesAs(other);
}
