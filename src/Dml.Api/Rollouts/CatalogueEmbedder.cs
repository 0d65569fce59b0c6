using System.Collections.Concurrent;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Items;
using Dml.Api.Jobs;

namespace Dml.Api.Rollouts;

/// <summary>
/// Embeds the items that a generation's embedder has not embedded yet. Each embedding is committed immediately, so an
/// interrupted run is continued by the next one.
/// </summary>
internal sealed class CatalogueEmbedder(SqliteCatalogue catalogue, DamagedPictures damaged, ILogger<CatalogueEmbedder> log)
{
    private const int PageSize = 512;
    private const int NamedItems = 5;

    private enum Outcome
    {
        Embedded,

        /// <summary>Its picture is lost or refused.</summary>
        Failed,

        /// <summary>It was deleted or replaced meanwhile; a replacement has to be embedded anyway.</summary>
        Changed,
    }

    /// <summary>Makes one pass over the items that exist at its start.</summary>
    public async Task<EmbeddingPass> RunAsync(
        Generation generation, int parallel, RolloutThrottle? throttle, JobProgress progress, CancellationToken cancel)
    {
        var total = await catalogue.CountAsync(cancel);
        var done = await catalogue.CountEmbeddingsAsync(generation.Fingerprint, cancel);
        long embedded = 0, failed = 0;
        var named = new ConcurrentQueue<string>();
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

                    var outcome = await EmbedAsync(generation, item, token);
                    if (outcome == Outcome.Embedded)
                    {
                        Interlocked.Increment(ref embedded);
                    }
                    else if (outcome == Outcome.Failed && Interlocked.Increment(ref failed) <= NamedItems)
                    {
                        named.Enqueue(item.Id);
                    }

                    progress.Report(Interlocked.Increment(ref done), total);
                });
            after = page[^1].Key;
        }

        return new EmbeddingPass(embedded, failed, [.. named]);
    }

    private async Task<Outcome> EmbedAsync(Generation generation, StoredItem item, CancellationToken cancel)
    {
        byte[] picture;
        try
        {
            picture = await File.ReadAllBytesAsync(catalogue.PicturePath(item), cancel);
        }
        catch (Exception exception) when (DamagedPictures.IsFaultOfPicture(exception))
        {
            if (await catalogue.FindAsync(item.Id, cancel) is not { } now || now.Key != item.Key || now.Sha256 != item.Sha256)
            {
                return Outcome.Changed;
            }

            damaged.Found(item.Sha256, DamagedPictures.ProblemOf(exception));
            return Outcome.Failed;
        }

        var result = await generation.Embedder.EmbedAsync(picture, cancel);
        if (result.Vector is not { } vector || !UnitVector.IsUnit(vector))
        {
            log.LogWarning(
                "Item {Id} cannot be embedded: {Problem}", item.Id, result.Error?.Message ?? "the length of its vector is not one");
            return Outcome.Failed;
        }

        return await catalogue.AddEmbeddingAsync(item, new EmbeddedVector(generation.Fingerprint, vector), cancel)
            ? Outcome.Embedded
            : Outcome.Changed;
    }
}
