using Dml.Api.Catalogue;
using Microsoft.Extensions.Options;

namespace Dml.Api.Generations;

/// <summary>Which generations are kept, and the freeing of all others: vectors, index snapshot, copy of the embedder.</summary>
internal sealed class GenerationRetention(ICatalogue catalogue, IndexSnapshot snapshot, EmbedderStore embedders, IOptions<GenerationOptions> options)
{
    /// <summary>The active and the building one, and of the retired ones those that served last, as many as are configured.</summary>
    public async ValueTask<IReadOnlyList<string>> KeptAsync(CancellationToken cancel)
    {
        var rows = await catalogue.GenerationsAsync(cancel);
        var kept = rows.Where(row => row.State == GenerationState.Active).Select(row => row.Fingerprint)
            .Concat(rows.Where(row => row.State == GenerationState.Retired).OrderByDescending(row => row.ActivatedAt).Select(row => row.Fingerprint))
            .Distinct()
            .Take(options.Value.Keep);
        return [.. kept.Concat(rows.Where(row => row.State == GenerationState.Building).Select(row => row.Fingerprint)).Distinct()];
    }

    public async Task FreeAsync(CancellationToken cancel)
    {
        var kept = await KeptAsync(cancel);
        await catalogue.DropOtherEmbeddingsAsync(kept, cancel);
        snapshot.DropOthers(kept);
        embedders.DropOthers(kept);
    }
}
