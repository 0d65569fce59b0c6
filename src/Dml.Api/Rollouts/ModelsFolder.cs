using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Rollouts;

/// <summary>Reads the folder whose subfolders are embedders.</summary>
internal static class ModelsFolder
{
    /// <summary>All subfolders with a manifest, by name.</summary>
    public static IReadOnlyList<ModelResponse> List(string folder, string? activeFingerprint) =>
        !Directory.Exists(folder)
            ? []
            : [.. Directory.EnumerateDirectories(folder)
                .Where(model => !Path.GetFileName(model).StartsWith('.') && File.Exists(Path.Combine(model, EmbedderManifest.FileName)))
                .Order(StringComparer.Ordinal)
                .Select(model => Read(model, activeFingerprint))];

    /// <summary>What an embedder's manifest says, or why the embedder cannot be used.</summary>
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
