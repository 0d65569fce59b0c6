using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Limits;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Generations;

/// <summary>
/// Keeps a copy of every generation's embedder in <c>data/embedders/&lt;fingerprint&gt;</c>, so that later changes to the models
/// folder do not affect a generation that is active or may become active again.
/// </summary>
internal sealed class EmbedderStore(
    IOptions<DataOptions> data,
    IOptions<ModelOptions> models,
    IOptions<InferenceOptions> inference,
    IOptions<LimitOptions> limits,
    EmbeddingCache cache,
    IHostApplicationLifetime lifetime)
{
    private readonly string _folder = Path.Combine(data.Value.Folder, "embedders");

    /// <summary>Checks the embedder in a folder by loading it, and keeps a copy.</summary>
    /// <exception cref="EmbedderException">It cannot be used.</exception>
    public EmbedderManifest Keep(string folder)
    {
        EmbedderManifest manifest;
        using (var embedder = Open(folder, workers: 1))
        {
            manifest = embedder.Manifest;
        }

        Keep(manifest, folder);
        return manifest;
    }

    /// <summary>Keeps a copy of an embedder that has been tried.</summary>
    public void Keep(EmbedderManifest manifest, string folder)
    {
        var target = FolderOf(manifest.Fingerprint);
        if (!Directory.Exists(target))
        {
            EmbedderFolder.Copy(folder, target);
        }
    }

    /// <summary>Opens a generation's embedder; a missing or damaged copy is replaced from the models folder.</summary>
    /// <exception cref="EmbedderException">
    /// The embedder is in neither folder; the message says what is wrong with the one in the models folder.
    /// </exception>
    public Embedder Open(StoredGeneration row, int workers)
    {
        try
        {
            return OpenExactly(row, FolderOf(row.Fingerprint), workers);
        }
        catch (EmbedderException)
        {
            var embedder = OpenExactly(row, Path.Combine(models.Value.Folder, row.Model), workers);
            try
            {
                EmbedderFolder.Delete(FolderOf(row.Fingerprint));
                EmbedderFolder.Copy(Path.Combine(models.Value.Folder, row.Model), FolderOf(row.Fingerprint));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It is usable from memory; the next opening tries to copy it again.
            }

            return embedder;
        }
    }

    /// <summary>
    /// Hashes of the labels that a generation's embedder was trained on; null when they are unknown. A manifest in the models folder may
    /// state them where the kept copy, which is older, does not: they are not part of the fingerprint.
    /// </summary>
    public IReadOnlyList<string>? TrainedLabelsOf(Generation generation)
    {
        if (generation.Embedder.Manifest.TrainedLabels is { } stated)
        {
            return stated;
        }

        try
        {
            var manifest = EmbedderManifest.Load(Path.Combine(models.Value.Folder, generation.Model));
            return manifest.Fingerprint == generation.Fingerprint ? manifest.TrainedLabels : null;
        }
        catch (EmbedderException)
        {
            return null;
        }
    }

    /// <summary>Copies a generation's embedder to a folder that does not exist yet.</summary>
    public void CopyTo(StoredGeneration row, string target) => EmbedderFolder.Copy(FolderOf(row.Fingerprint), target);

    /// <summary>Deletes the copies of all other embedders.</summary>
    public void DropOthers(IReadOnlyCollection<string> fingerprints)
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }

        var kept = fingerprints.Select(FolderOf).ToHashSet();
        foreach (var folder in Directory.EnumerateDirectories(_folder).Where(folder => !kept.Contains(folder)))
        {
            EmbedderFolder.Delete(folder);
        }
    }

    /// <summary>The folder of the copy of an embedder, if it is kept.</summary>
    public string FolderOf(string fingerprint) => Path.Combine(_folder, fingerprint[..16]);

    private Embedder OpenExactly(StoredGeneration row, string folder, int workers)
    {
        var embedder = Open(folder, workers);
        if (embedder.Fingerprint == row.Fingerprint)
        {
            return embedder;
        }

        embedder.Dispose();
        throw new EmbedderException(
            $"{folder} contains the embedder {embedder.Fingerprint[..16]}; generation {row.Number} uses {row.Fingerprint[..16]}.");
    }

    private Embedder Open(string folder, int workers) => Embedder.Open(
        folder,
        new EmbedderOptions
        {
            Workers = workers,
            BatchSize = inference.Value.BatchSize,
            QueueCapacity = inference.Value.Queue,
            Cache = cache,
            MaxPixels = limits.Value.MaxPixels,
            Provider = inference.Value.Provider,
            RunTime = TimeSpan.FromSeconds(inference.Value.RunSeconds),
            Hurry = lifetime.ApplicationStopping,
        });
}
