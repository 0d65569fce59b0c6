using Dml.Api.Catalogue;
using Dml.Index;

namespace Dml.Api.Gate;

/// <summary>Labelled items that both generations have embedded: gallery and queries of the comparison.</summary>
/// <param name="Keys">The items' keys.</param>
/// <param name="Labels">Their labels, in the same order.</param>
/// <param name="LeftOut">Number of labels that each embedder may have learnt, in the order of the embedders.</param>
internal sealed record LabelledSample(IReadOnlyList<long> Keys, IReadOnlyList<string> Labels, IReadOnlyList<int> LeftOut)
{
    // 5,000 against 5,000 vectors take a second or two; more would not be more informative.
    private const int MostItems = 5000;

    /// <summary>Takes the labels that none of the embedders may have learnt and that at least two items have.</summary>
    public static async Task<LabelledSample> TakeAsync(
        SqliteCatalogue catalogue, IReadOnlyList<LearntLabels> embedders, IVectorIndex one, IVectorIndex other, CancellationToken cancel)
    {
        var groups = new Dictionary<string, List<long>>(StringComparer.Ordinal);
        await foreach (var (key, label) in catalogue.LabelsAsync(cancel))
        {
            if (one.Contains(key) && other.Contains(key))
            {
                if (!groups.TryGetValue(label, out var keys))
                {
                    groups[label] = keys = [];
                }

                keys.Add(key);
            }
        }

        var shared = groups.Where(group => group.Value.Count > 1).ToArray();
        var leftOut = embedders.Select(embedder => shared.Count(group => embedder.MayContain(group.Key))).ToArray();
        var unseen = shared.Where(group => !embedders.Any(embedder => embedder.MayContain(group.Key))).ToArray();
        return Flatten(unseen.Sum(group => group.Value.Count) <= MostItems ? unseen : WholeLabels(unseen), leftOut);
    }

    /// <summary>The items' vectors in an index, [items, dimension]; zeros for an item that has just been deleted.</summary>
    public float[] VectorsOf(IVectorIndex index)
    {
        var vectors = new float[Keys.Count * index.Dimension];
        for (var i = 0; i < Keys.Count; i++)
        {
            index.TryGetVector(Keys[i], vectors.AsSpan(i * index.Dimension, index.Dimension));
        }

        return vectors;
    }

    // All items of some labels instead of some items of all labels, which would cut away a query's relevant items.
    private static IEnumerable<KeyValuePair<string, List<long>>> WholeLabels(KeyValuePair<string, List<long>>[] groups)
    {
        new Random(1).Shuffle(groups);
        var left = MostItems;
        foreach (var (label, keys) in groups.TakeWhile(_ => left > 1))
        {
            yield return KeyValuePair.Create(label, keys[..Math.Min(keys.Count, left)]);
            left -= keys.Count;
        }
    }

    private static LabelledSample Flatten(IEnumerable<KeyValuePair<string, List<long>>> groups, int[] leftOut)
    {
        var items = groups.SelectMany(group => group.Value.Select(key => (Key: key, Label: group.Key))).OrderBy(item => item.Key).ToList();
        return new LabelledSample([.. items.Select(item => item.Key)], [.. items.Select(item => item.Label)], leftOut);
    }
}
