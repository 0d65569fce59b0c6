using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Dml.Api.Imports;

/// <summary>Counts the files of an import that are no pictures by their names, by kind. Hidden files do not count.</summary>
internal sealed class LeftOutFiles
{
    private const int MostKinds = 20;
    private const int MostLetters = 12;
    private const string Other = "other";

    private readonly ConcurrentDictionary<string, int> _kinds = new();

    /// <summary>Whether a file is to be imported; one that is not is counted.</summary>
    public bool Admits(string path)
    {
        if (ImportSource.IsHidden(path) || path.EndsWith('/'))
        {
            return false;
        }

        if (ImportSource.IsPicture(path))
        {
            return true;
        }

        var extension = Path.GetExtension(path).TrimStart('.').ToUpperInvariant();
        var kind = extension.Length == 0 ? "no extension" : extension.Length > MostLetters ? Other : extension;
        _kinds.AddOrUpdate(_kinds.ContainsKey(kind) || _kinds.Count < MostKinds ? kind : Other, 1, (_, count) => count + 1);
        return false;
    }

    /// <summary>Count by kind, such as <c>{"HEIC": 2}</c>.</summary>
    public JsonObject ToJson() => new(
        _kinds.OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => KeyValuePair.Create<string, JsonNode?>(kind.Key, kind.Value)));
}
