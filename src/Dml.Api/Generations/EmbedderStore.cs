using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Limits;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Generations;

/// <summary>
/// Every generation's embedder in a folder of its own, <c>data/embedders/&lt;fingerprint&gt;</c>: what is later done to the
/// models folder touches nothing that serves or may serve again.
/// </summary>
internal sealed class EmbedderStore(
    IOptions<DataOptions> data, IOptions<ModelOptions> models, IOptions<InferenceOptions> inference, IOptions<LimitOptions> limits, EmbeddingCache cache)
{
    private readonly string _folder = Path.Combine(data.Value.Folder, "embedders");

    /// <summary>Checks the embedder of a folder, by loading it, and keeps a copy.</summary>
    /// <exception cref="EmbedderException">It cannot be used.</exception>
    public EmbedderManifest Keep(string folder)
    {
        EmbedderManifest manifest;
        using (var embedder = Open(folder, workers: 1))
        {
            manifest = embedder.Manifest;
        }

        var target = FolderOf(manifest.Fingerprint);
        if (!Directory.Exists(target))
        {
            EmbedderFolder.Copy(folder, target);
        }

        return manifest;
    }

    /// <summary>Opens a generation's embedder; a copy that is missing or damaged is taken anew from the models folder.</summary>
    /// <exception cref="EmbedderException">There is no such embedder any more; the message says what is wrong with the last one looked at.</exception>
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
                // It serves from memory; the next opening tries again to copy it.
            }

            return embedder;
        }
    }

    /// <summary>Copies a generation's embedder into a folder that is not there yet.</summary>
    public void CopyTo(StoredGeneration row, string target) => EmbedderFolder.Copy(FolderOf(row.Fingerprint), target);

    /// <summary>Deletes the copies of embedders that are not named.</summary>
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

    /// <summary>Where the copy of an embedder lies, if it is kept.</summary>
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
            $"{folder} holds the embedder {embedder.Fingerprint[..16]}; generation {row.Number} was made by {row.Fingerprint[..16]}.");
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
        });
}
