using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Recipes;

namespace Dml.Training.Runs.Nightly;

/// <summary>
/// The recipe of a night: the active embedder's own with few epochs at a low rate, or that of a map on its vectors, with the configured
/// changes.
/// </summary>
internal static class NightlyRecipe
{
    // A frozen norm is what its export left of it; a network without norms has no such option.
    private const string FreezeBatchNorm = "freezeBatchNorm";

    // Only the options that a trained network should not take from its first recipe. Nothing is set aside to choose an epoch: a night has
    // few, at a low rate, the gate judges the last one, and labels set aside every night would never be learnt.
    private static JsonObject FineTuning =>
        new()
        {
            ["training"] = new JsonObject
            {
                ["epochs"] = 5,
                ["learningRate"] = 1e-4,
                ["warmupEpochs"] = 0.5,
                ["finalLearningRateFactor"] = 0.01,
                ["averageDecay"] = 0.99,
                ["headOnlyEpochs"] = 0,
                ["keep"] = "last",
                ["validation"] = null,
                ["patience"] = 0,
            },
        };

    // A map on top of vectors. A wide softmax whose proxies move as slowly as the map: proxy anchor, and fast proxies, make such a map
    // worse on labels that it has not seen (docs/retraining.md).
    private static JsonObject Mapping =>
        new()
        {
            ["loss"] = new JsonObject
            {
                ["name"] = "proxy-nca-plus-plus",
                ["sampleScale"] = 2,
                ["proxyScale"] = 2,
                ["proxyLearningRateFactor"] = 1,
            },
            ["sampler"] = new JsonObject { ["name"] = "balanced", ["classes"] = 16, ["pictures"] = 4 },
            ["training"] = new JsonObject
            {
                ["epochs"] = 10,
                ["learningRate"] = 1e-4,
                ["warmupEpochs"] = 1,
                ["finalLearningRateFactor"] = 0.01,
                ["averageDecay"] = 0.99,
                ["bFloat16"] = "off",
                ["keep"] = "last",
            },
        };

    // No clusters are measured at the end: the gate looks at retrieval.
    private static JsonObject Always => new()
    {
        ["dataset"] = new JsonObject { ["name"] = "csv", ["file"] = NightlySnapshot.PicturesName },
        ["split"] = new JsonObject(),
        ["evaluation"] = new JsonObject { ["clusterStarts"] = 0, ["figures"] = new JsonArray() },
    };

    /// <summary>The recipe that made an embedder; null where its manifest does not tell.</summary>
    public static JsonObject? Of(EmbedderManifest manifest) =>
        manifest.Training switch
        {
            { } training when training["recipe"] is JsonObject recipe && recipe["embedder"] is null => recipe.DeepClone().AsObject(),
            { } training when training["backbone"] is JsonObject { } backbone && (string?)backbone["name"] is { } name => new Recipe
            {
                Backbone = new(name) { Options = Without(backbone, "name") },
                Head = new("l2"),
                Resize = manifest.Preprocessing.Resize,
            }.ToJson(),
            _ => null,
        };

    /// <summary>Continues a network that these options made: its shape is fixed, whatever the changes say.</summary>
    public static Recipe Continuing(JsonObject active, JsonObject changes, int threads)
    {
        var recipe = Merge(Merge(active, FineTuning), changes);
        foreach (var shape in new[] { "backbone", "head", "resize" })
        {
            recipe[shape] = active[shape]?.DeepClone();
        }

        recipe["pretrained"] = null;
        var resolved = Finish(recipe, threads);
        if (resolved.Backbone.Options.ContainsKey(FreezeBatchNorm))
        {
            resolved.Backbone.Options[FreezeBatchNorm] = true;
        }

        return resolved;
    }

    /// <summary>Trains a map on top of an embedder's vectors.</summary>
    public static Recipe OnTop(JsonObject changes, int threads)
    {
        var recipe = Merge(Mapping, changes);
        foreach (var shape in new[] { "backbone", "embedder", "head", "pretrained", "resize" })
        {
            recipe.Remove(shape);
        }

        var resolved = Finish(recipe, threads);
        return resolved with
        {
            Training = resolved.Training with { FrozenBackbone = true },
        };
    }

    /// <summary>Starts from scratch.</summary>
    public static Recipe FromScratch(JsonObject? active, JsonObject changes, int threads) => Finish(Merge(active ?? [], changes), threads);

    private static Recipe Finish(JsonObject recipe, int threads)
    {
        recipe = Merge(recipe, Always);
        recipe["split"] = new JsonObject();
        // Sections that are left out or null are the defaults.
        foreach (
            var name in recipe
                .Where(section => section.Value is null && section.Key != "pretrained")
                .Select(section => section.Key)
                .ToArray())
        {
            recipe.Remove(name);
        }

        var read = RecipeFile.Read(recipe.ToJsonString(), []).Resolve();
        // Held-out labels are not measured on the way; what chooses the epoch is, after each of the few.
        var validateEvery = read.Training.ValidationShare > 0 ? 1 : 1_000_000;
        return read with { Training = read.Training with { Threads = threads, ValidateEvery = validateEvery } };
    }

    private static JsonObject Without(JsonObject json, string member)
    {
        var copy = json.DeepClone().AsObject();
        copy.Remove(member);
        return copy;
    }

    // Training and evaluation member by member; a method with its options as a whole.
    private static JsonObject Merge(JsonObject below, JsonObject above)
    {
        var merged = below.DeepClone().AsObject();
        foreach (var (section, value) in above)
        {
            if (section is "training" or "evaluation" && value is JsonObject members && merged[section] is JsonObject known)
            {
                foreach (var (name, member) in members)
                {
                    known[name] = member?.DeepClone();
                }
            }
            else
            {
                merged[section] = value?.DeepClone();
            }
        }

        return merged;
    }
}
