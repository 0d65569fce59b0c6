using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class ProxyNcaTests
{
    [Theory]
    [InlineData(1, ProxyNca.Form.Softmax, .1)]
    [InlineData(2, ProxyNca.Form.Softmax, 0)]
    [InlineData(3, ProxyNca.Form.Paper, 0)]
    public void Equals_the_loops(int seed, ProxyNca.Form form, double smoothing)
    {
        var (batch, proxies) = (new RandomBatch(seed), new RandomBatch(seed + 50, 3));
        var options = new ProxyNca.Options { Form = form, SampleScale = 2, ProxyScale = 1.5, Smoothing = smoothing };
        double sum = 0;
        foreach (var i in batch.All)
        {
            double[] d = [.. proxies.All.Select(c => Enumerable.Range(0, 4)
                .Sum(k => Math.Pow((2 * batch.Rows[i][k] / batch.Length(i)) - (1.5 * proxies.Rows[c][k] / proxies.Length(c)), 2)))];
            var label = batch.Labels[i];
            var all = Math.Log(d.Sum(v => Math.Exp(-v)));
            sum += form == ProxyNca.Form.Paper
                ? d[label] + Math.Log(d.Where((_, c) => c != label).Sum(v => Math.Exp(-v)))
                : d.Select((v, c) => (c == label ? 1 - smoothing : smoothing / 2) * (v + all)).Sum();
        }

        batch.Check(sum / batch.Count, rows => ProxyNca.Value(rows, batch.Labels, proxies.ToTensor(), options));
        using var scope = NewDisposeScope();
        Gradients.CheckByDifferences(p => ProxyNca.Value(batch.ToTensor(), batch.Labels, p, options), proxies.Flat, 3, 4);
    }

    [Theory]
    [InlineData(ProxyNca.Form.Softmax)]
    [InlineData(ProxyNca.Form.Paper)]
    public void A_single_class_costs_nothing(ProxyNca.Form form)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, ProxyNca.Value(ones([2, 3]), [0, 0], ones([1, 3]), new() { Form = form }).item<float>());
    }
}
