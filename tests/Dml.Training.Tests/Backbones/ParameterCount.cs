using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

/// <summary>Parameters of a backbone with its published options.</summary>
internal static class ParameterCount
{
    private static readonly ConcurrentDictionary<string, long> Counts = new();

    internal static long Of(string name) => Counts.GetOrAdd(name, Build);

    private static long Build(string name)
    {
        var method = Catalogue.Find("backbone", BackboneCatalogue.All, name);
        if (method.Defaults is not VisionTransformer.Options transformer)
        {
            return Count(method, null);
        }

        // All blocks have the same size: two small networks give it, and a third of a gigabyte need not be filled.
        var (one, two) = (Count(method, 1), Count(method, 2));
        return one + ((transformer.Depth - 1) * (two - one));
    }

    private static long Count(BackboneMethod method, int? depth)
    {
        using var scope = NewDisposeScope();
        using var network = method.Build(depth is { } blocks ? new JsonObject { ["depth"] = blocks } : null, new Initializer(1));
        return network.parameters().Sum(p => p.numel());
    }
}
