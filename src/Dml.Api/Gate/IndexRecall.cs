using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Index;

namespace Dml.Api.Gate;

/// <summary>
/// Measures how many of the true ten nearest items an index finds. The queries are a sample of items; the truth is computed
/// from the catalogue's vectors.
/// </summary>
internal sealed class IndexRecall(SqliteCatalogue catalogue, TimeProvider clock)
{
    private const int Neighbours = 10;

    /// <summary>Recall of the ten nearest, without the query item itself; null when there are too few items.</summary>
    public async Task<RecallFigure?> MeasureAsync(Generation generation, int queryCount, CancellationToken cancel)
    {
        var (queries, _) = await EmbeddingSample.TakeAsync(catalogue, generation.Fingerprint, queryCount, cancel);
        var truth = queries.ConvertAll(_ => new NearestList(Neighbours));
        await foreach (var (key, vector) in catalogue.EmbeddingsAsync(generation.Fingerprint, after: 0, cancel))
        {
            for (var i = 0; i < queries.Count; i++)
            {
                if (queries[i].Key != key)
                {
                    truth[i].Offer(key, DotProduct.Of(queries[i].Vector, vector));
                }
            }
        }

        int found = 0, wanted = 0;
        var neighbours = new Neighbor[Neighbours + 1];
        for (var i = 0; i < queries.Count; i++)
        {
            var answered = generation.Index.Search(queries[i].Vector, neighbours);
            var right = 0;
            for (var n = 0; n < answered; n++)
            {
                right += neighbours[n].Key != queries[i].Key && truth[i].Reaches(neighbours[n].Score) ? 1 : 0;
            }

            wanted += truth[i].Count;
            found += Math.Min(right, truth[i].Count);
        }

        return wanted == 0 ? null : new RecallFigure(generation.Number, found / (double)wanted, queries.Count, clock.GetUtcNow());
    }
}
