using Dml.Api.Generations;
using Dml.Contracts;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>Adds an uploaded embedder to the models folder, after it has been loaded and tried.</summary>
internal sealed class ModelUpload(IOptions<ModelOptions> models, IOptions<InferenceOptions> inference)
{
    /// <summary>Receives and checks an embedder.</summary>
    /// <param name="save">Writes the fields of the upload to their paths; returns null, or why it cannot.</param>
    /// <returns>The manifest, and whether the embedder is new.</returns>
    public async Task<Result<(EmbedderManifest Manifest, bool Added)>> ReceiveAsync(
        Func<IReadOnlyDictionary<string, string>, Task<Refusal?>> save)
    {
        Directory.CreateDirectory(models.Value.Folder);
        var temporary = EmbedderFolder.CreateTemporary(Path.Combine(models.Value.Folder, "upload"));
        try
        {
            var files = new Dictionary<string, string>
            {
                ["onnx"] = Path.Combine(temporary, EmbedderManifest.NetworkFileName),
                ["manifest"] = Path.Combine(temporary, EmbedderManifest.FileName),
            };
            return await save(files) is { } refusal ? refusal : Accept(temporary);
        }
        finally
        {
            EmbedderFolder.Delete(temporary);
        }
    }

    private Result<(EmbedderManifest Manifest, bool Added)> Accept(string temporary)
    {
        EmbedderManifest manifest;
        try
        {
            using var embedder = Embedder.Open(temporary, new EmbedderOptions { Workers = 1, Provider = inference.Value.Provider });
            manifest = embedder.Manifest;
        }
        catch (EmbedderException exception)
        {
            return new Refusal(
                ProblemCode.BadEmbedder, exception.Message.Replace(temporary + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));
        }

        var target = Path.Combine(models.Value.Folder, manifest.Name);
        if (!Directory.Exists(target))
        {
            // A copy instead of a move, because copying flushes the files.
            EmbedderFolder.Copy(temporary, target);
            return (manifest, true);
        }

        return ModelsFolder.Read(target, null).Fingerprint == manifest.Fingerprint
            ? (manifest, false)
            : new Refusal(
                ProblemCode.ModelExists, $"Another embedder is named \"{manifest.Name}\". Give this one another name in its model.json.");
    }
}
