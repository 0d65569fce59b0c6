using System.Globalization;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Index;

namespace Dml.Api.Gate;

/// <summary>
/// Groups of items that an index may serve worse than the rest without an even sample showing it: the items of a label, and the items whose
/// tenth neighbour is about as far away, such as the few beside a crowd of near copies.
/// </summary>
internal sealed class Strata(SqliteCatalogue catalogue, Generation generation, int seed)
{
    private const int FewestItems = 5;
    private const int MostLabels = 2000;

    private readonly Neighbor[] _hits = new Neighbor[IndexRecall.Neighbours + 1];

    /// <summary>
    /// The strata that look worst when some items of each search for themselves, which takes no comparison with all items.
    /// </summary>
    /// <param name="sample">An even sample of the items.</param>
    /// <param name="most">How many strata to return.</param>
    /// <param name="itemsEach">How many items of each, at most.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Names and items of these strata, and how many there were to choose from.</returns>
    public async Task<(IReadOnlyList<(string Name, long[] Keys)> Worst, int Seen)> FindAsync(
        IReadOnlyList<StoredEmbedding> sample, int most, int itemsEach, CancellationToken cancel)
    {
        var strata = ByDistance(sample, itemsEach, cancel);
        var labels = new LabelSample(MostLabels, itemsEach, seed);
        await foreach (var (key, label) in catalogue.LabelsAsync(cancel))
        {
            labels.Add(key, label);
        }

        var vector = new float[generation.Dimension];
        foreach (var (label, keys) in labels.Groups.Where(group => group.Keys.Length >= FewestItems))
        {
            cancel.ThrowIfCancellationRequested();
            var found = keys.Take(FewestItems).Count(
                key => generation.Index.TryGetVector(key, vector) && Finds(key, vector, out _));
            strata.Add(($"label:{label}", keys, found / (double)FewestItems));
        }

        // Equal ones in a random order, so that another seed looks closely at others.
        var random = new Random(seed);
        var worst = strata.OrderBy(stratum => stratum.Found).ThenBy(_ => random.Next()).Take(most);
        return ([.. worst.Select(stratum => (stratum.Name, stratum.Keys))], strata.Count);
    }

    /// <summary>Whether a search for an item's vector finds the item, or is full of items with equal vectors.</summary>
    /// <param name="key">The item.</param>
    /// <param name="vector">Its vector.</param>
    /// <param name="farthest">The score of the last hit.</param>
    private bool Finds(long key, ReadOnlySpan<float> vector, out float farthest)
    {
        var hits = _hits.AsSpan(0, generation.Index.Search(vector, _hits));
        farthest = hits.IsEmpty ? 1 : hits[^1].Score;
        return IndexRecall.Holds(hits, key, vector);
    }

    // Strata are a factor of two wide: in a crowd the distances are smaller than elsewhere by powers of ten.
    private List<(string Name, long[] Keys, double Found)> ByDistance(
        IReadOnlyList<StoredEmbedding> sample, int itemsEach, CancellationToken cancel)
    {
        var ranges = new SortedDictionary<int, List<(long Key, bool Found)>>();
        foreach (var (key, vector) in sample)
        {
            cancel.ThrowIfCancellationRequested();
            var found = Finds(key, vector, out var farthest);
            var range = (int)Math.Floor(Math.Log2(Math.Max(1 - farthest, IndexRecall.Rounding)));
            if (!ranges.TryGetValue(range, out var items))
            {
                ranges[range] = items = [];
            }

            items.Add((key, found));
        }

        var strata = new List<(string Name, long[] Keys, double Found)>();
        var (from, merged) = (0, new List<(long Key, bool Found)>());
        foreach (var (range, items) in ranges)
        {
            from = merged.Count == 0 ? range : from;
            merged.AddRange(items);
            if (merged.Count >= FewestItems)
            {
                strata.Add((
                    string.Create(CultureInfo.InvariantCulture, $"distance:{Math.Pow(2, from):g2}-{Math.Pow(2, range + 1):g2}"),
                    [.. merged.Take(itemsEach).Select(item => item.Key)],
                    merged.Count(item => item.Found) / (double)merged.Count));
                merged = [];
            }
        }

        return strata;
    }
}
