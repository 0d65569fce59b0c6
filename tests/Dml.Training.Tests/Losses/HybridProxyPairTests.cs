using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class HybridProxyPairTests
{
    [Theory]
    [InlineData(1, 9, 4)]
    [InlineData(2, 1, 2)]
    public void Is_the_sum_of_both_formulas_written_as_loops(int seed, int count, int classes)
    {
        const int dimension = 3;
        var random = new Random(seed);
        double[] Draw(int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - .5)];
        var (x, p) = (Draw(count * dimension), Draw(classes * dimension));
        long[] labels = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(classes))];
        using var scope = NewDisposeScope();
        var (rows, proxies) = (tensor(x, [count, dimension]), tensor(p, [classes, dimension]));
        var options = new HybridProxyPair.Options { PairBeta = 10, Alpha = 8 };
        var units = x.Chunk(dimension).Select(row => row.Select(v => v / Math.Sqrt(row.Sum(u => u * u))).ToArray()).ToArray();
        double sum = 0;
        for (var i = 0; i < count; i++)
        {
            double near = 0, far = 0;
            for (var j = 0; j < count; j++)
            {
                var cosine = units[i].Zip(units[j], (a, b) => a * b).Sum();
                near += i != j && labels[i] == labels[j] ? Math.Exp(-2 * (cosine - .5)) : 0;
                far += labels[i] != labels[j] ? Math.Exp(10 * (cosine - .5)) : 0;
            }

            sum += (Math.Log(1 + near) / 2) + (Math.Log(1 + far) / 10);
        }

        var anchor = ProxyAnchor.Value(rows, labels, proxies, 8, .1).item<double>();
        Assert.Equal((sum / count) + (.03 * anchor), HybridProxyPair.Value(rows, labels, proxies, options).item<double>(), 1e-9);
        Gradients.CheckByDifferences(t => HybridProxyPair.Value(t, labels, proxies, options), x, count, dimension);
        Gradients.CheckByDifferences(t => HybridProxyPair.Value(rows, labels, t, options), p, classes, dimension);
    }
}
