using System.Text.Json;
using Dml.Files;
using Dml.Onnx;

namespace Dml.Photo;

/// <summary>
/// The ranges of the values of <c>photo</c> between convolutions, measured on photos: name to [least, greatest], in JSON.
/// </summary>
internal static class RangeFile
{
    public static Dictionary<string, ActivationRange> Load(string path)
    {
        var stored = JsonSerializer.Deserialize<Dictionary<string, float[]>>(File.ReadAllBytes(path))
            ?? throw new InvalidDataException($"{path} holds null instead of ranges.");
        return stored.ToDictionary(
            pair => pair.Key,
            pair => pair.Value is [var least, var greatest]
                ? new ActivationRange(least, greatest)
                : throw new InvalidDataException($"{path}: '{pair.Key}' should have two numbers; it has {pair.Value.Length}."),
            StringComparer.Ordinal);
    }

    public static void Save(string path, IReadOnlyDictionary<string, ActivationRange> ranges) => AtomicFile.Write(
        path,
        stream => JsonSerializer.Serialize(
            stream, ranges.ToDictionary(pair => pair.Key, pair => (float[])[pair.Value.Least, pair.Value.Greatest])));
}
