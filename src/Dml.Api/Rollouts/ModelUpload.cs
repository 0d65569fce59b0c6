using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>An uploaded embedder's way into the models folder: it gets its name only after it has been loaded and tried.</summary>
internal sealed class ModelUpload(IOptions<ModelOptions> models, IOptions<InferenceOptions> inference)
{
    /// <summary>The manifest and whether it is new; or what is wrong with the upload.</summary>
    public async Task<(EmbedderManifest? Manifest, bool Added, ProblemHttpResult? Problem)> TakeAsync(HttpRequest request, CancellationToken cancel)
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
            return await MultipartBody.SaveAsync(request, files, cancel) is { } problem ? (null, false, problem) : Accept(temporary);
        }
        finally
        {
            EmbedderFolder.Delete(temporary);
        }
    }

    private (EmbedderManifest? Manifest, bool Added, ProblemHttpResult? Problem) Accept(string temporary)
    {
        EmbedderManifest manifest;
        try
        {
            using var embedder = Embedder.Open(temporary, new EmbedderOptions { Workers = 1, Provider = inference.Value.Provider });
            manifest = embedder.Manifest;
        }
        catch (EmbedderException exception)
        {
            return (null, false, ProblemCode.BadEmbedder.With(exception.Message.Replace(temporary + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)));
        }

        var target = Path.Combine(models.Value.Folder, manifest.Name);
        if (!Directory.Exists(target))
        {
            // A copy, not a move: what was uploaded is flushed on its way.
            EmbedderFolder.Copy(temporary, target);
            return (manifest, true, null);
        }

        return ModelResponse.Read(target, null).Fingerprint == manifest.Fingerprint
            ? (manifest, false, null)
            : (null, false, ProblemCode.ModelExists.With($"Another embedder is called \"{manifest.Name}\". Give this one another name in its model.json."));
    }
}
