using Dml.Training.Backbones;
using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class ProxyAnchorTests
{
    [Fact]
    public void Worked_example_of_the_published_constants()
    {
        using var scope = NewDisposeScope();
        var batch = new ReferenceBatch();
        var loss = ProxyAnchor.Value(batch.Embeddings, batch.Labels, batch.Proxies, 32, 0.1);
        ReferenceBatch.Close([21.8943532256], loss, 1e-9);
        loss.backward();
        ReferenceBatch.Close([-.00000992, .00004962, -5.15858737, 6.19030485, -7.11227131, -2.37075710, 9.42236525, -.85657866],
            batch.Embeddings.grad);
        ReferenceBatch.Close([-1.27445543, 11.47009889, 7.40415083, -1.85103771, 4.37695151, 7.65966515], batch.Proxies.grad);
    }

    [Fact]
    public void Worked_example_in_which_the_positives_count()
    {
        using var scope = NewDisposeScope();
        var batch = new ReferenceBatch();
        var loss = ProxyAnchor.Value(batch.Embeddings, batch.Labels, batch.Proxies, 4, 0.1);
        ReferenceBatch.Close([3.1130755655], loss, 1e-9);
        loss.backward();
        ReferenceBatch.Close([-.04196674, .20983370, -.57169500, .68603400, -.55669061, -.18556353, .55809593, -.05073599],
            batch.Embeddings.grad);
        ReferenceBatch.Close([-.12004450, 1.08040053, 1.06178424, -.26544606, .57554138, 1.00719741], batch.Proxies.grad);
    }

    [Fact]
    public void A_batch_of_one_class_has_no_negatives_for_its_proxy()
    {
        using var scope = NewDisposeScope();
        var batch = new ReferenceBatch();
        var loss = ProxyAnchor.Value(batch.Embeddings, [0, 0, 0, 0], batch.Proxies, 32, 0.1);
        ReferenceBatch.Close([30.5317491521], loss, 1e-9);
        loss.backward();
        Assert.All(batch.Proxies.grad!.data<double>().ToArray(), g => Assert.True(double.IsFinite(g)));
    }

    [Theory]
    [InlineData(1, 7, 5, 3)]
    [InlineData(2, 12, 4, 9)]
    [InlineData(3, 1, 3, 2)]
    [InlineData(4, 6, 8, 1)]
    public void Equals_the_formula_written_as_loops_and_its_gradients_the_differences(int seed, int count, int dimension, int classes)
    {
        var random = new Random(seed);
        double[] Draw(int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)];
        var (x, p) = (Draw(count * dimension), Draw(classes * dimension));
        long[] labels = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(classes))];
        using var scope = NewDisposeScope();
        var (xs, ps) = (tensor(x, [count, dimension]), tensor(p, [classes, dimension]));
        Assert.Equal(Loops(x, p, labels, dimension, 8, 0.1), ProxyAnchor.Value(xs, labels, ps, 8, 0.1).item<double>(), 1e-10);
        Gradients.CheckByDifferences(t => ProxyAnchor.Value(t, labels, ps, 8, 0.1), x, count, dimension);
        Gradients.CheckByDifferences(t => ProxyAnchor.Value(xs, labels, t, 8, 0.1), p, classes, dimension);
    }

    [Fact]
    public void An_alpha_whose_exponentials_overflow_stays_finite()
    {
        using var scope = NewDisposeScope();
        var loss = new ProxyAnchor(new LossShape(3, 2), new ProxyAnchor.Options { Alpha = 1000 }, new Initializer(1));
        var embeddings = tensor([1f, .2f, .6f, .5f], [2, 2]).requires_grad_(true);
        var value = loss.Compute(embeddings, [0, 2]);
        value.backward();
        Assert.True(float.IsFinite(value.item<float>()));
        Assert.All(embeddings.grad!.data<float>().ToArray(), g => Assert.True(float.IsFinite(g)));
    }

    private static double Loops(double[] x, double[] p, long[] labels, int dimension, double alpha, double delta)
    {
        var classes = p.Length / dimension;
        double Cosine(int i, int c)
        {
            double dot = 0, xx = 0, pp = 0;
            for (var d = 0; d < dimension; d++)
            {
                dot += x[(i * dimension) + d] * p[(c * dimension) + d];
                xx += x[(i * dimension) + d] * x[(i * dimension) + d];
                pp += p[(c * dimension) + d] * p[(c * dimension) + d];
            }

            return dot / Math.Sqrt(xx * pp);
        }

        double pull = 0, push = 0;
        for (var c = 0; c < classes; c++)
        {
            double near = 0, far = 0;
            for (var i = 0; i < labels.Length; i++)
            {
                if (labels[i] == c)
                {
                    near += Math.Exp(-alpha * (Cosine(i, c) - delta));
                }
                else
                {
                    far += Math.Exp(alpha * (Cosine(i, c) + delta));
                }
            }

            pull += Math.Log(1 + near);
            push += Math.Log(1 + far);
        }

        return (pull / labels.Distinct().Count()) + (push / classes);
    }
}
