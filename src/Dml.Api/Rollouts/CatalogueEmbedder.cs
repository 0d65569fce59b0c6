using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Jobs;

namespace Dml.Api.Rollouts;

/// <summary>
/// Embeds the items that a generation's embedder has not embedded yet. Each embedding is committed immediately, so an
/// interrupted run is continued by the next one.
/// </summary>
internal sealed class CatalogueEmbedder(SqliteCatalogue catalogue, ILogger<CatalogueEmbedder> log)
{
    private const int PageSize = 512;
    private long _refused;

    /// <summary>Items that could not be embedded, in all passes so far.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Makes one pass over the items that exist at its start. Returns the number of embedded items.</summary>
    public async Task<long> RunAsync(
        Generation generation, int parallel, RolloutThrottle? throttle, JobProgress progress, CancellationToken cancel)
    {
        var total = await catalogue.CountAsync(cancel);
        var done = await catalogue.CountEmbeddingsAsync(generation.Fingerprint, cancel);
        long embedded = 0;
        var after = 0L;
        // Items added in the meantime are left to a later pass: a pass that yields to requests must not chase their writes.
        var last = await catalogue.LastKeyAsync(cancel);
        while (
            await catalogue.UnembeddedAsync(generation.Fingerprint, after, PageSize, cancel) is [var first, ..] page && first.Key <= last)
        {
            await Parallel.ForEachAsync(
                page.TakeWhile(item => item.Key <= last),
                new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = parallel },
                async (item, token) =>
                {
                    if (throttle is not null)
                    {
                        await throttle.YieldAsync(token);
                    }

                    if (await EmbedAsync(generation, item, token))
                    {
                        Interlocked.Increment(ref embedded);
                    }

                    progress.Report(Interlocked.Increment(ref done), total);
                });
            after = page[^1].Key;
        }

        return embedded;
    }

    private async Task<bool> EmbedAsync(Generation generation, StoredItem item, CancellationToken cancel)
    {
        byte[] picture;
        try
        {
            picture = await File.ReadAllBytesAsync(catalogue.PicturePath(item), cancel);
        }
        catch (FileNotFoundException)
        {
            // Deleted or replaced since the page was read; a replacement has to be embedded anyway.
            return false;
        }

        var result = await generation.Embedder.EmbedAsync(picture, cancel);
        if (result.Vector is not { } vector || !UnitVector.IsUnit(vector))
        {
            Interlocked.Increment(ref _refused);
            log.LogWarning(
                "Item {Id} cannot be embedded: {Problem}", item.Id, result.Error?.Message ?? "the length of its vector is not one");
            return false;
        }

        return await catalogue.AddEmbeddingAsync(item, new EmbeddedVector(generation.Fingerprint, vector), cancel);
    }
}
