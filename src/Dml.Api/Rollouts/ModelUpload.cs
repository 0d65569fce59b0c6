using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Contracts;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>
/// Adds an uploaded embedder to the models folder, after it has been loaded and tried; a network without a manifest is adopted first.
/// </summary>
internal sealed class ModelUpload(IOptions<ModelOptions> models, ModelTrial trial)
{
    /// <summary>Receives and checks an embedder.</summary>
    /// <param name="save">Writes the required and the optional fields of the upload to their paths; returns null, or why it cannot.</param>
    /// <param name="adoption">What is known about a network that comes without a manifest.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The manifest, and whether the embedder is new.</returns>
    public async Task<Result<(EmbedderManifest Manifest, bool Added)>> ReceiveAsync(
        Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>, Task<Refusal?>> save,
        AdoptionRequest adoption,
        CancellationToken cancel)
    {
        Directory.CreateDirectory(models.Value.Folder);
        var temporary = EmbedderFolder.CreateTemporary(Path.Combine(models.Value.Folder, "upload"));
        try
        {
            var onnx = Path.Combine(temporary, EmbedderManifest.NetworkFileName);
            var manifest = Path.Combine(temporary, EmbedderManifest.FileName);
            var refusal = await save(
                new Dictionary<string, string> { ["onnx"] = onnx },
                new Dictionary<string, string>
                {
                    ["manifest"] = manifest,
                    ["config"] = Path.Combine(temporary, "preprocessor_config.json"),
                });
            if (refusal is not null)
            {
                return refusal;
            }

            if (File.Exists(manifest))
            {
                return adoption.IsEmpty
                    ? await AcceptAsync(temporary, cancel)
                    : new Refusal(
                        ProblemCode.BadForm, "An embedder with a manifest needs no further parameters: its manifest says everything.");
            }

            return await AdoptAsync(onnx, adoption, cancel);
        }
        finally
        {
            EmbedderFolder.Delete(temporary);
        }
    }

    private async Task<Result<(EmbedderManifest Manifest, bool Added)>> AdoptAsync(
        string onnx, AdoptionRequest adoption, CancellationToken cancel)
    {
        if (adoption.Name is not { } name)
        {
            return new Refusal(ProblemCode.AdoptionQuestion, "A network without a manifest needs a name: POST /models?name=my-network.");
        }

        if (!EmbedderManifest.IsName(name))
        {
            return new Refusal(
                ProblemCode.BadParameter,
                $"name must be 1 to 128 letters, digits, dots, hyphens or underscores and not begin with a dot; it is \"{name}\".");
        }

        var draft = Path.Combine(Path.GetDirectoryName(onnx)!, "adopted", name);
        return await trial.AdoptAsync(onnx, draft, adoption, cancel) is { } refusal ? refusal : Add(draft, EmbedderManifest.Load(draft));
    }

    private async Task<Result<(EmbedderManifest Manifest, bool Added)>> AcceptAsync(string temporary, CancellationToken cancel)
    {
        EmbedderManifest manifest;
        try
        {
            manifest = EmbedderManifest.Load(temporary);
        }
        catch (EmbedderException exception)
        {
            return new Refusal(
                ProblemCode.BadEmbedder, exception.Message.Replace(temporary + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));
        }

        return await trial.TryAsync(temporary, cancel) is { } refusal ? refusal : Add(temporary, manifest);
    }

    private Result<(EmbedderManifest Manifest, bool Added)> Add(string temporary, EmbedderManifest manifest)
    {
        var target = Path.Combine(models.Value.Folder, manifest.Name);
        if (!Directory.Exists(target))
        {
            // A copy instead of a move, because copying flushes the files.
            EmbedderFolder.Copy(temporary, target);
            return (manifest, true);
        }

        switch (StateOf(target, manifest))
        {
            case Known.Same:
                return (manifest, false);
            case Known.Damaged:
                EmbedderFolder.Remove(target);
                EmbedderFolder.Copy(temporary, target);
                return (manifest, false);
            default:
                return new Refusal(
                    ProblemCode.ModelExists,
                    $"Another embedder is named \"{manifest.Name}\". Give this one another name in its model.json.");
        }
    }

    // Damaged is what was this embedder: by its manifest, whatever the disk has made of its network, or by its network.
    private static Known StateOf(string folder, EmbedderManifest uploaded)
    {
        try
        {
            var manifest = EmbedderManifest.Load(folder);
            return manifest.Fingerprint != uploaded.Fingerprint ? Known.Another
                : manifest.Describes(folder) ? Known.Same
                : Known.Damaged;
        }
        catch (EmbedderException)
        {
            return uploaded.Describes(folder) || !File.Exists(Path.Combine(folder, EmbedderManifest.NetworkFileName))
                ? Known.Damaged
                : Known.Another;
        }
    }

    private enum Known
    {
        Same,
        Damaged,
        Another,
    }
}
