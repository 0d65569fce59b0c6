using Dml.Api.Catalogue;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Generations;

/// <summary>
/// Decides which generations are kept and deletes what belongs to the others: vectors, index snapshot, copy of the
/// embedder.
/// </summary>
internal sealed class GenerationRetention(
    SqliteCatalogue catalogue, IndexSnapshot snapshot, EmbedderStore embedders, IOptions<GenerationOptions> options)
{
    /// <summary>
    /// Fingerprints of the active and the building generation and of the most recently active ones, as many as are
    /// configured.
    /// </summary>
    public async ValueTask<IReadOnlyList<string>> KeptAsync(CancellationToken cancel)
    {
        var rows = await catalogue.Generations.AllAsync(cancel);
        var kept = rows.Where(row => row.State == GenerationState.Active)
            .Select(row => row.Fingerprint)
            .Concat(
                rows.Where(row => row.State == GenerationState.Retired)
                    .OrderByDescending(row => row.ActivatedAt)
                    .Select(row => row.Fingerprint))
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
