using Dml.Api.Catalogue;
using Dml.Embedding.Labels;
using Dml.Index;

namespace Dml.Api.Gate;

/// <summary>Held-out labelled items that both generations have embedded: gallery and queries of the comparison.</summary>
internal sealed record LabelledSample(IReadOnlyList<long> Keys, IReadOnlyList<string> Labels)
{
    // 5,000 against 5,000 vectors take a second or two; more would not be more informative.
    private const int MostItems = 5000;

    public static async Task<LabelledSample> TakeAsync(
        SqliteCatalogue catalogue, double share, IVectorIndex one, IVectorIndex other, CancellationToken cancel)
    {
        var keys = new List<long>();
        var labels = new List<string>();
        await foreach (var (key, label) in catalogue.LabelsAsync(cancel))
        {
            if (HeldOutLabels.Contains(label, share) && one.Contains(key) && other.Contains(key))
            {
                keys.Add(key);
                labels.Add(label);
            }
        }

        return keys.Count <= MostItems ? new LabelledSample(keys, labels) : WholeLabels(keys, labels);
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
    private static LabelledSample WholeLabels(List<long> keys, List<string> labels)
    {
        var groups = keys.Zip(labels).GroupBy(pair => pair.Second).ToArray();
        new Random(1).Shuffle(groups);
        var taken = new List<(long Key, string Label)>();
        foreach (var group in groups)
        {
            taken.AddRange(group.Take(MostItems - taken.Count));
        }

        return new LabelledSample([.. taken.Select(pair => pair.Key)], [.. taken.Select(pair => pair.Label)]);
    }
}
