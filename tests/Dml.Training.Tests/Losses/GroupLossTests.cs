using Dml.Training.Losses;

namespace Dml.Training.Tests.Losses;

public sealed class GroupLossTests
{
    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 2, false)]
    [InlineData(3, 3, true)]
    [InlineData(4, 1, false, 0)]
    public void Equals_the_loops(int seed, int iterations, bool zeroDiagonal, int anchors = 2)
    {
        var (batch, logits) = (new RandomBatch(seed, 8, 5), new RandomBatch(seed + 50, 8, 3));
        var options = new GroupLoss.Options { Temperature = 3, Iterations = iterations, Anchors = anchors, ZeroDiagonal = zeroDiagonal };
        bool IsAnchor(int i) => Enumerable.Range(0, i).Count(j => batch.Labels[j] == batch.Labels[i]) < anchors;
        double Similarity(int i, int j)
        {
            double[] a = [.. batch.Rows[i].Select(v => v - batch.Rows[i].Average())];
            double[] b = [.. batch.Rows[j].Select(v => v - batch.Rows[j].Average())];
            return i == j && zeroDiagonal ? 0
                : Math.Max(0, a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(v => v * v) * b.Sum(v => v * v)));
        }

        double[] Softmax(double[] z)
        {
            var sum = z.Sum(Math.Exp);
            return [.. z.Select(v => Math.Exp(v) / sum)];
        }

        double[] OneHot(int i) => [.. Enumerable.Range(0, 3).Select(c => c == batch.Labels[i] ? 1.0 : 0)];
        double[][] shares = [.. batch.All.Select(i => IsAnchor(i) ? OneHot(i) : Softmax([.. logits.Rows[i].Select(z => z / 3)]))];
        for (var t = 0; t < iterations; t++)
        {
            shares = [.. batch.All.Select(i =>
            {
                double[] support = [.. Enumerable.Range(0, 3)
                    .Select(c => shares[i][c] * batch.All.Sum(j => Similarity(i, j) * shares[j][c]))];
                return IsAnchor(i) ? OneHot(i) : support.Select(s => s / (support.Sum() + 1e-12)).ToArray();
            })];
        }

        var expected = batch.All.Average(i => -Math.Log(shares[i][batch.Labels[i]] + 1e-12));
        var entropy = batch.All.Average(i => -Math.Log(Softmax(logits.Rows[i])[batch.Labels[i]]));
        batch.Check(expected, rows => GroupLoss.Values(rows, logits.ToTensor(), batch.Labels, options).Group, 1e-8);
        logits.Check(expected + entropy,
            z => GroupLoss.Values(batch.ToTensor(), z, batch.Labels, options) is var (group, ce) ? group + ce : z, 1e-8);
    }
}
