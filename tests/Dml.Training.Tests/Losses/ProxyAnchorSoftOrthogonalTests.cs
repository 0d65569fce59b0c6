using Dml.Training.Backbones;
using Dml.Training.Losses;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class ProxyAnchorSoftOrthogonalTests
{
    [Fact]
    public void Worked_example_with_unit_proxies()
    {
        using var scope = NewDisposeScope();
        var batch = new ReferenceBatch();
        var penalty = ProxyAnchorSoftOrthogonal.Penalty(batch.Proxies, normalize: true);
        ReferenceBatch.Close([1.6952654232], penalty, 1e-9);
        penalty.backward();
        ReferenceBatch.Close([.07296885, -.65671963, .30948408, -.07737102, -.53009602, -.92766803], batch.Proxies.grad);
    }

    [Fact]
    public void Worked_example_with_raw_proxies()
    {
        using var scope = NewDisposeScope();
        var batch = new ReferenceBatch();
        var penalty = ProxyAnchorSoftOrthogonal.Penalty(batch.Proxies, normalize: false);
        ReferenceBatch.Close([1.1535], penalty, 1e-9);
        penalty.backward();
        ReferenceBatch.Close([1.212, -.184, .176, -.632, -1.0, -.220], batch.Proxies.grad);
    }

    [Theory]
    [InlineData(.01, 21.9113058798)]
    [InlineData(.1, 22.0638797679)]
    [InlineData(1, 23.5896186488)]
    public void Worked_example_of_the_whole_loss(double lambda, double expected)
    {
        using var scope = NewDisposeScope();
        var batch = new ReferenceBatch();
        var loss = new ProxyAnchorSoftOrthogonal(new LossShape(3, 2), new() { Lambda = lambda }, new Initializer(1));
        loss.parameters().Single().FromFloats([.9f, .1f, .2f, .8f, -.7f, .4f]);
        var embeddings = batch.Embeddings.detach().to(float32).requires_grad_(true);
        var value = loss.Compute(embeddings, batch.Labels);
        Assert.Equal(expected, value.item<float>(), 1e-4);
        value.backward();
        double[] expectedX = [-.00000992, .00004962, -5.15858737, 6.19030485, -7.11227131, -2.37075710, 9.42236525, -.85657866];
        ReferenceBatch.Close(expectedX, embeddings.grad!.to(float64), 1e-4);
        if (lambda == 1)
        {
            ReferenceBatch.Close([-1.20148658, 10.81337926, 7.71363491, -1.92840876, 3.84685550, 6.73199712],
                loss.parameters().Single().grad!.to(float64), 1e-4);
        }
    }

    [Theory]
    [InlineData(9, 4, true)]
    [InlineData(9, 4, false)]
    [InlineData(4, 9, true)]
    [InlineData(4, 9, false)]
    public void Both_Gram_forms_equal_the_definition_and_their_gradients_the_differences(int classes, int dimension, bool normalize)
    {
        var random = new Random(3);
        double[] proxies = [.. Enumerable.Range(0, classes * dimension).Select(_ => random.NextDouble() - 0.5)];
        using var scope = NewDisposeScope();
        Assert.Equal(Loops(proxies, dimension, normalize),
            ProxyAnchorSoftOrthogonal.Penalty(tensor(proxies, [classes, dimension]), normalize).item<double>(), 1e-10);
        Gradients.CheckByDifferences(t => ProxyAnchorSoftOrthogonal.Penalty(t, normalize), proxies, classes, dimension);
    }

    [Fact]
    public void A_single_class_costs_nothing_and_a_zero_proxy_has_no_cosines()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, ProxyAnchorSoftOrthogonal.Penalty(tensor([.3, .4], [1, 2]), true).item<double>(), 1e-12);
        Assert.Equal(2 * .36, ProxyAnchorSoftOrthogonal.Penalty(tensor([1.0, 0, .6, .8, 0, 0], [3, 2]), true).item<double>(), 1e-12);
    }

    private static double Loops(double[] proxies, int dimension, bool normalize)
    {
        var rows = proxies.Chunk(dimension).Select(row =>
        {
            var length = normalize ? Math.Sqrt(row.Sum(v => v * v)) : 1;
            return row.Select(v => v / length).ToArray();
        }).ToArray();
        double sum = 0;
        for (var a = 0; a < rows.Length; a++)
        {
            for (var b = 0; b < rows.Length; b++)
            {
                var entry = rows[a].Zip(rows[b], (x, y) => x * y).Sum() - (a == b ? 1 : 0);
                sum += entry * entry;
            }
        }

        return sum;
    }
}
