using Dml.Training.Feedback;
using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Feedback;

public sealed class FeedbackLossTests
{
    private const int Dimension = 5;
    private static readonly LossShape Shape = new(3, Dimension);

    [Fact]
    public void Is_the_other_loss_and_the_mean_over_the_pairs()
    {
        using var scope = NewDisposeScope();
        var random = new Random(3);
        float[][] rows =
        [
            .. Enumerable
                .Range(0, 10)
                .Select(_ => Enumerable.Range(0, Dimension).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray()),
        ];
        // Four pictures; then a right, a wrong and another wrong pair, which is far apart already.
        rows[9] = [.. rows[8].Select(v => -v)];
        long[] labels = [0, 1, 2, 1, 4, 4, 3, 3, 3, 3];
        var options = new FeedbackLoss.Options { Weight = 0.7, Margin = -0.2 };
        using var inner = LossCatalogue.Create("proxy-anchor", Shape, null, seed: 1);
        using var loss = new FeedbackLoss(inner, options);

        var value = loss.Compute(tensor(rows.SelectMany(v => v).ToArray(), [10, Dimension]), labels).item<float>();

        var alone = inner.Compute(tensor(rows.Take(4).SelectMany(v => v).ToArray(), [4, Dimension]), labels[..4]).item<float>();
        double[] pairs =
        [
            1 - Cosine(rows[4], rows[5]),
            Math.Max(0, Cosine(rows[6], rows[7]) + 0.2),
            Math.Max(0, Cosine(rows[8], rows[9]) + 0.2),
        ];
        Assert.Equal(0, pairs[2]);
        Assert.Equal(alone + (0.7 * pairs.Average()), value, 1e-4);
    }

    [Fact]
    public void Without_pairs_it_is_the_other_loss()
    {
        using var scope = NewDisposeScope();
        using var inner = LossCatalogue.Create("proxy-anchor", Shape, null, seed: 1);
        using var loss = new FeedbackLoss(inner, new());
        var embeddings = randn([4, Dimension]);
        Assert.Equal(inner.Compute(embeddings, [0, 1, 2, 0]).item<float>(), loss.Compute(embeddings, [0, 1, 2, 0]).item<float>());
    }

    [Fact]
    public void Right_pairs_pull_and_wrong_pairs_push()
    {
        using var scope = NewDisposeScope();
        using var inner = LossCatalogue.Create("proxy-anchor", Shape, null, seed: 1);
        using var loss = new FeedbackLoss(inner, new() { Weight = 1 });
        var embeddings = tensor((float[])[1, 0, 0, 0, 0, 0.6f, 0.8f, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0.6f, 0.8f, 0], [4, Dimension])
            .requires_grad_();

        loss.Compute(embeddings, [4, 4, 3, 3]).backward();

        using var noGradient = no_grad();
        var moved = (embeddings - (embeddings.grad! * 0.1)).data<float>().ToArray();
        Assert.True(Cosine(moved[..5], moved[5..10]) > 0.61, "the right pair");
        Assert.True(Cosine(moved[10..15], moved[15..]) < 0.59, "the wrong pair");
    }

    [Theory]
    // Eight places a batch: each pair comes 0.8 times an epoch, four times, 16 times; three pairs in batches of three 100 times.
    [InlineData(1000, 100, 1)]
    [InlineData(200, 100, 1)]
    [InlineData(50, 100, 0.25)]
    [InlineData(3, 100, 0.04)]
    public void Pairs_that_come_often_count_for_less(int pairs, int batchesPerEpoch, double weight) =>
        Assert.Equal(weight, FeedbackLoss.Options.For(pairs, batchesPerEpoch).Weight, 1e-9);

    private static double Cosine(float[] a, float[] b)
    {
        double dot = 0, lengthA = 0, lengthB = 0;
        for (var i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            lengthA += (double)a[i] * a[i];
            lengthB += (double)b[i] * b[i];
        }

        return dot / Math.Sqrt(lengthA * lengthB);
    }
}
