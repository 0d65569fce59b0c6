using Dml.Training.Losses;
using static TorchSharp.torch;

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

    [Theory]
    [InlineData(null, 16, 2)]
    [InlineData(null, 7, 0)]
    [InlineData(3, 16, 3)]
    public void The_first_epochs_train_by_cross_entropy_alone(int? given, int epochs, int expected)
    {
        using var scope = NewDisposeScope();
        var batch = new RandomBatch(5, 8, 5);
        var loss = new GroupLoss(new(3, 5), new() { PretrainingEpochs = given }, new(1));
        var rows = batch.ToTensor().to(float32);
        var (weight, bias) = (loss.state_dict()["weight"], loss.state_dict()["bias"]);
        var entropy = nn.functional.cross_entropy(nn.functional.linear(rows, weight, bias), tensor(batch.Labels)).item<float>();
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            loss.BeginEpoch(new(epoch, epochs, () => throw new InvalidOperationException("not wanted")));
            var value = loss.Compute(rows, batch.Labels).item<float>();
            Assert.True(epoch < expected ? Math.Abs(value - entropy) < 1e-5 : value > entropy + 1e-3, $"epoch {epoch}: {value}, {entropy}");
        }
    }
}
