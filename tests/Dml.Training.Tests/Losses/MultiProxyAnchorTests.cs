using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class MultiProxyAnchorTests
{
    [Theory]
    [InlineData(1, MultiProxyAnchor.Aggregation.Soft, 0)]
    [InlineData(2, MultiProxyAnchor.Aggregation.LogSumExp, .2)]
    [InlineData(3, MultiProxyAnchor.Aggregation.Max, 0)]
    public void Equals_the_loops(int seed, MultiProxyAnchor.Aggregation aggregation, double centreWeight)
    {
        var (batch, proxies) = (new RandomBatch(seed), new RandomBatch(seed + 50, 9));
        var options = new MultiProxyAnchor.Options { Aggregation = aggregation, Gamma = .3, Alpha = 4, CentreWeight = centreWeight };
        double Similarity(int i, int c)
        {
            double[] s = [.. Enumerable.Range(3 * c, 3)
                .Select(p => batch.Rows[i].Zip(proxies.Rows[p], (a, b) => a * b).Sum() / batch.Length(i) / proxies.Length(p))];
            var sum = s.Sum(v => Math.Exp(v / .3));
            return aggregation switch
            {
                MultiProxyAnchor.Aggregation.Max => s.Max(),
                MultiProxyAnchor.Aggregation.LogSumExp => .3 * Math.Log(sum),
                _ => s.Sum(v => v * Math.Exp(v / .3) / sum),
            };
        }

        double expected = 0;
        for (var c = 0; c < 3; c++)
        {
            var own = c;
            expected += Math.Log(1 + batch.All.Where(i => batch.Labels[i] == own)
                .Sum(i => Math.Exp(-4 * (Similarity(i, own) - .1)))) / batch.Labels.Distinct().Count();
            expected += Math.Log(1 + batch.All.Where(i => batch.Labels[i] != own).Sum(i => Math.Exp(4 * (Similarity(i, own) + .1)))) / 3;
            foreach (var (k, l) in ((int, int)[])[(0, 1), (0, 2), (1, 2)])
            {
                expected += centreWeight * Math.Sqrt(2 + 1e-5 - (2 * proxies.Cosine((3 * c) + k, (3 * c) + l))) / 18;
            }
        }

        batch.Check(expected, rows => MultiProxyAnchor.Value(rows, batch.Labels, proxies.ToTensor().reshape(3, 3, 4), options));
        using var scope = NewDisposeScope();
        Gradients.CheckByDifferences(p => MultiProxyAnchor.Value(batch.ToTensor(), batch.Labels, p, options), proxies.Flat, 3, 3, 4);
    }
}
