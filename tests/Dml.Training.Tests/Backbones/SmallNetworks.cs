using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Network;
using Dml.Training.Torch;

namespace Dml.Training.Tests.Backbones;

/// <summary>Every backbone of the catalogue, as small as its options allow.</summary>
internal static class SmallNetworks
{
    internal static TheoryData<string> Names => [.. BackboneCatalogue.All.Select(m => m.Name)];

    internal static JsonObject Options(string backbone) =>
        backbone.Contains("inception", StringComparison.Ordinal) || backbone.StartsWith("googlenet", StringComparison.Ordinal)
            ? new JsonObject { ["inputSize"] = 32 }
        : backbone.StartsWith("resnet", StringComparison.Ordinal)
            ? new JsonObject { ["inputSize"] = 32, ["width"] = 8 }
            : new JsonObject
            {
                ["inputSize"] = 32,
                ["patchSize"] = 8,
                ["width"] = 24,
                ["heads"] = 2,
                ["depth"] = 2,
                ["projection"] = backbone.StartsWith("clip", StringComparison.Ordinal) ? 12 : 0,
            };

    internal static EmbeddingNetwork Create(string backbone, int dimension = 16, int seed = 1) =>
        EmbeddingNetwork.Create(backbone, Options(backbone), new JsonObject { ["dimension"] = dimension }, seed);

    internal static EmbeddingNetwork WithHead(string backbone, string head) =>
        EmbeddingNetwork.Create(new(backbone) { Options = Options(backbone) }, new(head), seed: 1);

    /// <summary>
    /// Fresh networks have norms of one and zero, which would hide a norm that is left out, and convolutions so small that the biases
    /// behind them decide, which would hide the picture.
    /// </summary>
    internal static void Disturb(EmbeddingNetwork network)
    {
        var random = new Random(5);
        var initializer = new Initializer(6);
        foreach (var (name, tensor) in network.state_dict())
        {
            if (tensor.dim() == 4)
            {
                initializer.Normal(tensor, Math.Sqrt(2.0 * tensor.shape[0] / tensor.numel()));
            }
            else if (tensor.dim() == 1)
            {
                var centre =
                    name.EndsWith("bias", StringComparison.Ordinal) || name.EndsWith("running_mean", StringComparison.Ordinal) ? 0 : 1;
                tensor.FromFloats([
                    .. Enumerable.Range(0, (int)tensor.numel()).Select(_ => (float)(centre + (0.4 * (random.NextDouble() - 0.5)))),
                ]);
            }
        }
    }
}
