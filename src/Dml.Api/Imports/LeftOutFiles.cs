using System.Text.Json.Nodes;

namespace Dml.Api.Imports;

/// <summary>Counts the files of an import that are not pictures, by kind, and names the first ones. Safe to use from any thread.</summary>
internal sealed class LeftOutFiles
{
    /// <summary>The kind of files whose kind would not say anything.</summary>
    public const string Other = "other";

    private const int MostKinds = 20;
    private const int MostNames = 20;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _kinds = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    public void Add(ImportPath path, string kind)
    {
        lock (_lock)
        {
            kind = _kinds.ContainsKey(kind) || _kinds.Count < MostKinds ? kind : Other;
            _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
            if (_names.Count < MostNames)
            {
                _names.Add(path.Shown);
            }
        }
    }

    /// <summary>Writes the number, the numbers by kind, such as <c>{"HEIC": 2}</c>, and the names.</summary>
    public void WriteTo(JsonObject result)
    {
        lock (_lock)
        {
            result["ignored"] = _kinds.Values.Sum();
            result["leftOut"] = new JsonObject(_kinds.Select(kind => KeyValuePair.Create<string, JsonNode?>(kind.Key, kind.Value)));
            result["leftOutNames"] = new JsonArray([.. _names.Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]);
        }
    }
}
