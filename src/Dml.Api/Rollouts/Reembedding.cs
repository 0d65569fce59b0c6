using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Jobs;

namespace Dml.Api.Models;

/// <summary>
/// Embeds what the active embedder has not embedded yet. The generation answers from what is there meanwhile and
/// fills up; a restart goes on where this stopped.
/// </summary>
internal sealed class Reembedding(ICatalogue catalogue, Generations generations, Settings settings, ILogger<Reembedding> log)
{
    private const int PageSize = 512;
    private const int KeptGenerations = 2;

    public async Task<JsonObject?> RunAsync(JobProgress progress, CancellationToken cancel)
    {
        var generation = generations.Active ?? throw new InvalidOperationException(generations.Problem);
        var total = await catalogue.CountAsync(cancel);
        var done = await catalogue.CountEmbeddingsAsync(generation.Fingerprint, cancel);
        long refused = 0;
        var after = 0L;
        while (await catalogue.UnembeddedAsync(generation.Fingerprint, after, PageSize, cancel) is { Count: > 0 } page)
        {
            await Parallel.ForEachAsync(
                page,
                new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = settings.Workers + 1 },
                async (item, token) =>
                {
                    if (!await EmbedAsync(generation, item, token))
                    {
                        Interlocked.Increment(ref refused);
                    }
                    progress.Report(Interlocked.Increment(ref done), total);
                });
            after = page[^1].Key;
        }
        var history = await catalogue.GenerationsAsync(cancel);
        await catalogue.DropOtherEmbeddingsAsync([.. history.Select(row => row.Fingerprint).Reverse().Distinct().Take(KeptGenerations)], cancel);
        return new JsonObject { ["embedded"] = done, ["refused"] = refused, ["generation"] = generation.Number };
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
            // Deleted or replaced since the page was read; a replacement brings its own embedding.
            return true;
        }
        var result = await generation.Embedder.EmbedAsync(picture, cancel);
        if (result.Vector is null)
        {
            log.LogWarning("The item {Id} cannot be embedded: {Problem}", item.Id, result.Error!.Message);
            return false;
        }
        await catalogue.AddEmbeddingAsync(item, new EmbeddedVector(generation.Fingerprint, result.Vector), cancel);
        return true;
    }
}
