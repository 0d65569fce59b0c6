using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Jobs;

namespace Dml.Api.Rollouts;

/// <summary>
/// Embeds what a generation's embedder has not embedded yet. Each embedding is committed as it comes, so whatever ends
/// this, the next run goes on with the rest.
/// </summary>
internal sealed class CatalogueEmbedder(ICatalogue catalogue, ILogger<CatalogueEmbedder> log)
{
    private const int PageSize = 512;
    private long _refused;

    /// <summary>Pictures that an embedder could make no vector of, in all passes so far.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>One pass over the items that there are at its beginning; how many it embedded.</summary>
    public async Task<long> RunAsync(
        Generation generation, int parallel, RolloutThrottle? pace, JobProgress progress, CancellationToken cancel)
    {
        var total = await catalogue.CountAsync(cancel);
        var done = await catalogue.CountEmbeddingsAsync(generation.Fingerprint, cancel);
        long embedded = 0;
        var after = 0L;
        // Items that are added meanwhile are for a later pass: a pass that yields to requests must not chase their writes.
        var last = await catalogue.LastKeyAsync(cancel);
        while (await catalogue.UnembeddedAsync(generation.Fingerprint, after, PageSize, cancel) is [var first, ..] page && first.Key <= last)
        {
            await Parallel.ForEachAsync(
                page.TakeWhile(item => item.Key <= last),
                new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = parallel },
                async (item, token) =>
                {
                    if (pace is not null)
                    {
                        await pace.YieldAsync(token);
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
            // Deleted or replaced since the page was read; a replacement is a new item to embed.
            return false;
        }

        var result = await generation.Embedder.EmbedAsync(picture, cancel);
        if (result.Vector is not { } vector || !UnitVector.IsUnit(vector))
        {
            Interlocked.Increment(ref _refused);
            log.LogWarning("The item {Id} cannot be embedded: {Problem}", item.Id, result.Error?.Message ?? "the vector is not of length one");
            return false;
        }

        return await catalogue.AddEmbeddingAsync(item, new EmbeddedVector(generation.Fingerprint, vector), cancel);
    }
}
