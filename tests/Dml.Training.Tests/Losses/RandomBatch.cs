using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

/// <summary>Random rows with classes, and helpers for loops over them.</summary>
internal sealed class RandomBatch
{
    internal RandomBatch(int seed, int count = 9, int dimension = 4, int classes = 3, bool unit = false)
    {
        var random = new Random(seed);
        (Count, Dimension) = (count, dimension);
        Rows = [.. Enumerable.Range(0, count).Select(_ =>
        {
            double[] row = [.. Enumerable.Range(0, dimension).Select(_ => (2 * random.NextDouble()) - 1)];
            var length = unit ? Math.Sqrt(row.Sum(v => v * v)) : 1;
            return row.Select(v => v / length).ToArray();
        })];
        Labels = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(classes))];
    }

    internal int Count { get; }

    internal int Dimension { get; }

    internal double[][] Rows { get; }

    internal long[] Labels { get; }

    internal double[] Flat => [.. Rows.SelectMany(row => row)];

    internal long[] Shape => [Count, Dimension];

    internal Tensor ToTensor() => tensor(Flat, Shape);

    internal double Dot(int i, int j) => Rows[i].Zip(Rows[j], (a, b) => a * b).Sum();

    internal double Length(int i) => Math.Sqrt(Dot(i, i));

    internal double Cosine(int i, int j) => Dot(i, j) / Length(i) / Length(j);

    internal double SquaredDistance(int i, int j) => Rows[i].Zip(Rows[j], (a, b) => (a - b) * (a - b)).Sum();

    internal double Distance(int i, int j) => Math.Sqrt(SquaredDistance(i, j));

    internal int[] Positives(int anchor) => [.. Enumerable.Range(0, Count).Where(j => j != anchor && Labels[j] == Labels[anchor])];

    internal int[] Negatives(int anchor) => [.. Enumerable.Range(0, Count).Where(j => Labels[j] != Labels[anchor])];

    internal IEnumerable<int> All => Enumerable.Range(0, Count);

    /// <summary>Asserts the value of a loss of the rows, and that its gradients equal central differences.</summary>
    internal void Check(double expected, Func<Tensor, Tensor> loss, double tolerance = 1e-9)
    {
        using var scope = NewDisposeScope();
        var got = loss(ToTensor()).item<double>();
        Assert.True(Math.Abs(expected - got) <= tolerance * Math.Max(1, Math.Abs(expected)), $"loops {expected:R}, got {got:R}");
        Gradients.CheckByDifferences(loss, Flat, Shape);
    }
}
