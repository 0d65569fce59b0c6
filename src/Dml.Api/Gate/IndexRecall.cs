using System.Runtime.InteropServices;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Index;

namespace Dml.Api.Gate;

/// <summary>
/// Measures how many of the true ten nearest items an index finds: for an even sample of the items, and for the strata that look worst,
/// because an index that finds nothing of one label in a thousand has a recall of 0.999. The truth is computed from the catalogue's
/// vectors.
/// </summary>
internal sealed class IndexRecall(SqliteCatalogue catalogue, TimeProvider clock)
{
    public const int Neighbours = 10;

    /// <summary>Equal vectors have equal scores up to the rounding of two different dot kernels.</summary>
    public const float Rounding = 1e-5f;

    // Items that search for themselves to find strata by distance.
    private const int Screened = 2000;

    // Each query is compared with every item.
    private const int StrataMeasured = 5;
    private const int QueriesOfStratum = 12;

    /// <summary>Recall of the ten nearest, without the query item itself; null when there are too few items.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="queryCount">Number of queries of the even sample.</param>
    /// <param name="seed">Another seed takes other queries, and looks closely at other strata where none looks bad.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<RecallFigure?> MeasureAsync(Generation generation, int queryCount, int seed, CancellationToken cancel)
    {
        var (sample, _) = await EmbeddingSample.TakeAsync(catalogue, generation.Fingerprint, Math.Max(queryCount, Screened), cancel);
        new Random(seed).Shuffle(CollectionsMarshal.AsSpan(sample));
        var (strata, seen) = await new Strata(catalogue, generation, seed).FindAsync(sample, StrataMeasured, QueriesOfStratum, cancel);

        var queries = sample.Take(queryCount).Select(embedding => new Query(embedding)).ToList();
        var ofStrata = new List<(string Name, List<Query> Queries)>();
        foreach (var (name, keys) in strata)
        {
            var vectors = await catalogue.EmbeddingsAsync(generation.Fingerprint, keys, cancel);
            ofStrata.Add((name, [.. vectors.Select(embedding => new Query(embedding))]));
        }

        await FindTruthAsync(generation, [.. queries, .. ofStrata.SelectMany(stratum => stratum.Queries)], cancel);
        var overall = queries.Select(query => query.Ask(generation.Index)).ToList();
        if (overall.Sum(answer => answer.Wanted) is var wanted && wanted == 0)
        {
            return null;
        }

        var worst = ofStrata
            .Select(stratum => Measure(stratum.Name, stratum.Queries, generation.Index, seen))
            .OfType<StratumFigure>()
            .MinBy(figure => figure.Recall);
        return new RecallFigure(
            generation.Number, overall.Sum(answer => answer.Found) / (double)wanted, queries.Count, clock.GetUtcNow(), worst);
    }

    /// <summary>Whether the hits of a search for an item's vector contain the item; they need not if all of them are equal to it.</summary>
    public static bool Holds(ReadOnlySpan<Neighbor> hits, long key, ReadOnlySpan<float> vector)
    {
        foreach (var hit in hits)
        {
            if (hit.Key == key)
            {
                return true;
            }
        }

        return hits.Length > Neighbours && hits[^1].Score >= DotProduct.Of(vector, vector) - Rounding;
    }

    private async Task FindTruthAsync(Generation generation, List<Query> queries, CancellationToken cancel)
    {
        await foreach (var (key, vector) in catalogue.EmbeddingsAsync(generation.Fingerprint, after: 0, cancel))
        {
            foreach (var query in queries)
            {
                query.Offer(key, vector);
            }
        }
    }

    private static StratumFigure? Measure(string name, List<Query> queries, IVectorIndex index, int seen)
    {
        var answers = queries.Select(query => query.Ask(index)).ToList();
        return answers.Sum(answer => answer.Wanted) is var wanted && wanted == 0
            ? null
            : new StratumFigure(
                name, answers.Sum(answer => answer.FindsItself ? answer.Found : 0) / (double)wanted, queries.Count, seen);
    }

    /// <summary>An item, and the ten items that are truly nearest to it.</summary>
    private sealed class Query(StoredEmbedding item)
    {
        private readonly NearestList _truth = new(Neighbours);

        public void Offer(long key, float[] vector)
        {
            if (key != item.Key)
            {
                _truth.Offer(key, DotProduct.Of(item.Vector, vector));
            }
        }

        public (int Found, int Wanted, bool FindsItself) Ask(IVectorIndex index)
        {
            var hits = new Neighbor[Neighbours + 1];
            hits = hits[..index.Search(item.Vector, hits)];
            var right = hits.Count(hit => hit.Key != item.Key && _truth.Reaches(hit.Score));
            return (Math.Min(right, _truth.Count), _truth.Count, Holds(hits, item.Key, item.Vector));
        }
    }
}
