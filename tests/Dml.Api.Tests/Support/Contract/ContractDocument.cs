using System.Text.Json.Nodes;

namespace Dml.Api.Tests.Support.Contract;

/// <summary>The OpenAPI document as data: which operation a call is, and what it may answer.</summary>
internal sealed class ContractDocument(JsonObject root)
{
    public JsonObject Schemas => root["components"]!["schemas"]!.AsObject();

    /// <summary>Every operation with its method and path.</summary>
    public IEnumerable<(string Method, string Path, JsonObject Operation)> Operations =>
        root["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation =>
            (operation.Key.ToUpperInvariant(), path.Key, operation.Value!.AsObject())));

    /// <summary>Whether the path is described, and the operation when the method is too.</summary>
    public (bool IsKnownPath, JsonObject? Operation) Find(string method, string path)
    {
        // The path with the most literal parts: /items/x/similar is not an item called similar.
        var found = root["paths"]!.AsObject()
            .Where(described => Matches(described.Key, path))
            .OrderBy(described => described.Key.Count(c => c == '{'))
            .Select(described => described.Value!.AsObject())
            .FirstOrDefault();
        return (found is not null, found?[method.ToLowerInvariant()]?.AsObject());
    }

    private static bool Matches(string template, string path)
    {
        var (wanted, given) = (template.Trim('/').Split('/'), path.Trim('/').Split('/'));
        return wanted.Length == given.Length && wanted.Zip(given).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);
    }
}
