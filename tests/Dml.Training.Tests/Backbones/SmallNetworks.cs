using System.Text.Json.Nodes;
using Dml.Training.Backbones;

namespace Dml.Training.Tests.Backbones;

/// <summary>Every backbone of the catalogue, as small as its options allow.</summary>
internal static class SmallNetworks
{
    internal static TheoryData<string> Names => [.. BackboneCatalogue.All.Select(m => m.Name)];

    internal static JsonObject Options(string backbone) => backbone.Contains("inception", StringComparison.Ordinal) || backbone.StartsWith("googlenet", StringComparison.Ordinal)
        ? new JsonObject { ["inputSize"] = 32 }
        : new JsonObject { ["inputSize"] = 32, ["patchSize"] = 8, ["width"] = 24, ["heads"] = 2, ["depth"] = 2 };

    internal static EmbeddingNetwork Create(string backbone, int dimension = 16, int seed = 1) =>
        EmbeddingNetwork.Create(backbone, Options(backbone), new JsonObject { ["dimension"] = dimension }, seed);

    internal static EmbeddingNetwork WithHead(string backbone, string head) =>
        EmbeddingNetwork.Create(new(backbone) { Options = Options(backbone) }, new(head), seed: 1);
}
