using static TorchSharp.torch;

namespace Dml.Training.Losses.Mining;

/// <summary>A batch as a miner sees it: distances without gradient, and the rows of each class.</summary>
internal sealed class MinedBatch
{
    private readonly double[] _distances;
    private readonly int[][] _positives;
    private readonly int[][] _negatives;

    /// <param name="distances">Shape [batch, batch], row-major, squared or plain as in the loss.</param>
    /// <param name="labels">The classes of the rows.</param>
    /// <param name="dimension">Length of an embedding.</param>
    /// <param name="squared">Whether the distances are squared.</param>
    /// <param name="seed">Seed of <see cref="Random"/>.</param>
    internal MinedBatch(double[] distances, long[] labels, int dimension, bool squared, int seed)
    {
        _distances = distances;
        (Labels, Dimension, IsSquared, Random) = (labels, dimension, squared, new(seed));
        Anchors = labels.Length;
        var rows = Enumerable.Range(0, labels.Length).ToLookup(i => labels[i]);
        _positives = [.. labels.Select((label, i) => rows[label].Where(j => j != i).ToArray())];
        var others = rows.ToDictionary(
            own => own.Key,
            own => Enumerable.Range(0, labels.Length).Where(j => labels[j] != own.Key).ToArray());
        _negatives = [.. labels.Select(label => others[label])];
    }

    /// <summary>The classes of the rows.</summary>
    internal long[] Labels { get; }

    /// <summary>Number of rows.</summary>
    internal int Count => Labels.Length;

    /// <summary>Rows, from the first on, that may be anchors.</summary>
    internal int Anchors { get; private init; }

    /// <summary>Length of an embedding.</summary>
    internal int Dimension { get; }

    /// <summary>Whether <see cref="Distance"/> is squared.</summary>
    internal bool IsSquared { get; }

    /// <summary>The generator of miners that draw, seeded from libtorch's generator, which the trainer seeds for every batch.</summary>
    internal Random Random { get; }

    /// <summary>The distance of two rows as in the loss, squared or plain.</summary>
    internal double Distance(int one, int other) => _distances[(one * Count) + other];

    /// <summary>The plain Euclidean distance of two rows.</summary>
    internal double Euclidean(int one, int other) => IsSquared ? Math.Sqrt(Distance(one, other)) : Distance(one, other);

    /// <summary>The other rows of the anchor's class.</summary>
    internal int[] Positives(int anchor) => _positives[anchor];

    /// <summary>The rows of other classes.</summary>
    internal int[] Negatives(int anchor) => _negatives[anchor];

    /// <summary>One of these rows, uniformly at random.</summary>
    internal int Draw(ReadOnlySpan<int> rows) => rows[Random.Next(rows.Length)];

    /// <summary>The batch with these distances, a tensor of shape [batch, batch]; all rows are anchors unless fewer are named.</summary>
    internal static MinedBatch Of(Tensor distances, long[] labels, long dimension, bool squared, int? anchors = null)
    {
        using var scope = NewDisposeScope();
        var values = distances.detach().to(float64).cpu().contiguous().data<double>().ToArray();
        var seed = (int)randint(int.MaxValue, [1]).item<long>();
        return new(values, labels, (int)dimension, squared, seed) { Anchors = anchors ?? labels.Length };
    }
}
