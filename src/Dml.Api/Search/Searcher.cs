using System.Diagnostics;
using System.Text.Json;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Telemetry;
using Dml.Contracts;
using Dml.Index;

namespace Dml.Api.Search;

/// <summary>Finds and ranks the items nearest to a query vector.</summary>
internal sealed class Searcher(SqliteCatalogue catalogue)
{
    private const int Attempts = 5;

    /// <param name="generation">The generation of the request.</param>
    /// <param name="vector">A unit vector of its dimension.</param>
    /// <param name="request">What to search for.</param>
    /// <param name="except">Keys of items to omit, few of them.</param>
    /// <param name="cancel">Stops the search.</param>
    public async ValueTask<(IReadOnlyList<SearchHit> Hits, TimeSpan Took)> SearchAsync(
        Generation generation, ReadOnlyMemory<float> vector, SearchRequest request, long[] except, CancellationToken cancel)
    {
        using var span = DmlMetrics.Span("search");
        var begin = Stopwatch.GetTimestamp();
        var allowed = request.Filter is { } filter ? await catalogue.KeysAsync(filter, cancel) : null;
        var spare = 0;
        for (var attempt = 1; ; attempt++)
        {
            var neighbors = FindNearest(generation.Index, vector.Span, request, request.Hits + spare, allowed, except);
            var items = await catalogue.FindAsync(Array.ConvertAll(neighbors, neighbor => neighbor.Key), cancel);
            // A deleted item would cost a hit: the index learns of each commit a moment after the catalogue, and of none once
            // another generation is active. Repeating the search is not enough; more neighbours must replace the missing items.
            var gone = items.Count(item => item is null);
            if (gone <= spare || neighbors.Length < request.Hits + spare || attempt == Attempts)
            {
                return (Rank(neighbors, items, request.Hits), Stopwatch.GetElapsedTime(begin));
            }

            spare = 2 * gone;
        }
    }

    private static Neighbor[] FindNearest(
        IVectorIndex index, ReadOnlySpan<float> vector, SearchRequest request, int wanted, KeySet? allowed, long[] except)
    {
        if (allowed is { Count: 0 })
        {
            return [];
        }

        var options = new SearchOptions { Among = allowed, Effort = request.Effort };
        var neighbors = new Neighbor[wanted + except.Length];
        var count = index.Search(vector, neighbors, options);
        return [.. neighbors.Take(count).Where(n => !except.Contains(n.Key) && n.Score >= request.MinScore).Take(wanted)];
    }

    private static List<SearchHit> Rank(Neighbor[] neighbors, StoredItem?[] items, int most)
    {
        var hits = new List<SearchHit>(Math.Min(most, neighbors.Length));
        for (var i = 0; i < neighbors.Length && hits.Count < most; i++)
        {
            if (items[i] is { } item)
            {
                hits.Add(
                    new SearchHit(
                        item.Id, Math.Clamp(neighbors[i].Score, -1, 1), item.Label, JsonElement.Parse(item.Attributes),
                        $"/items/{item.Id}/image"));
            }
        }

        hits.Sort((a, b) => b.Score.CompareTo(a.Score) is var order and not 0 ? order : string.CompareOrdinal(a.Id, b.Id));
        return hits;
    }
}
