using System.Text.Json.Nodes;
using Dml.Embedding;

namespace Dml.Api.Rollouts;

/// <summary>An embedder's folder: what its manifest says, or why it cannot be used.</summary>
internal sealed record ModelResponse(
    string Name, bool Active, string? Fingerprint, int? Dimension, int? InputSize, JsonObject? Training, JsonObject? Figures, string? Problem)
{
    /// <summary>All sub-folders that hold a manifest, by name.</summary>
    public static IReadOnlyList<ModelResponse> List(string modelsFolder, string? activeFingerprint) =>
        !Directory.Exists(modelsFolder)
            ? []
            : [.. Directory.EnumerateDirectories(modelsFolder)
                .Where(folder => !Path.GetFileName(folder).StartsWith('.') && File.Exists(Path.Combine(folder, EmbedderManifest.FileName)))
                .Order(StringComparer.Ordinal)
                .Select(folder => Read(folder, activeFingerprint))];

    public static ModelResponse Read(string folder, string? activeFingerprint)
    {
        var name = Path.GetFileName(folder);
        try
        {
            var manifest = EmbedderManifest.Load(folder);
            return new ModelResponse(
                name, manifest.Fingerprint == activeFingerprint, manifest.Fingerprint, manifest.Dimension,
                manifest.Preprocessing.InputSize, manifest.Training, manifest.Figures, null);
        }
        catch (EmbedderException exception)
        {
            return new ModelResponse(name, false, null, null, null, null, null, exception.Message);
        }
    }
}
