using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class WeightImprintingTests
{
    [Fact]
    public void The_worked_rows()
    {
        using var scope = NewDisposeScope();
        var rows = WeightImprinting.Imprinted(tensor([1, .2, .6, .5, -.3, .9, .1, 1.1], [4, 2]), [0, 0, 1, 1], 3);
        ReferenceBatch.Close([.90215089, .43142065, -.11528840, .99333206, 0, 0], rows);
    }

    [Fact]
    public void Opposing_examples_leave_the_first()
    {
        using var scope = NewDisposeScope();
        ReferenceBatch.Close([0, 1, 1, 0],
            WeightImprinting.Imprinted(tensor([2.0, 0, 0, 3, -1, 0, 0, -4, 0, 0], [5, 2]).narrow(0, 0, 4), [1, 0, 1, 0], 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Equals_the_loops(int seed)
    {
        var (batch, rows) = (new RandomBatch(seed), new RandomBatch(seed + 50, 3));
        double Logit(int i, int c) => 7 * batch.Rows[i].Zip(rows.Rows[c], (a, b) => a * b).Sum() / batch.Length(i) / rows.Length(c);
        var expected = batch.All.Average(i => Math.Log(rows.All.Sum(c => Math.Exp(Logit(i, c)))) - Logit(i, (int)batch.Labels[i]));
        batch.Check(expected, x => WeightImprinting.Value(x, batch.Labels, rows.ToTensor(), tensor([7.0])));
        rows.Check(expected, w => WeightImprinting.Value(batch.ToTensor(), batch.Labels, w, tensor([7.0])));
    }

    [Fact]
    public void Rows_are_imprinted_before_the_epoch_that_is_named()
    {
        using var scope = NewDisposeScope();
        using var loss = LossCatalogue.Create(
            "weight-imprinting", new(2, 2) { PictureLabels = [0, 1, 0] }, new() { ["imprintAtEpoch"] = 1 }, 1);
        var rows = loss.named_parameters().Single(p => p.name == "rows").parameter;
        var before = rows.data<float>().ToArray();
        loss.BeginEpoch(new(0, 2, () => throw new InvalidOperationException("No pass is needed.")));
        Assert.Equal(before, rows.data<float>().ToArray());
        loss.BeginEpoch(new(1, 2, () => tensor([3f, 0, 0, 2, 0, 5], [3, 2])));
        Assert.All(rows.data<float>().ToArray().Zip([.7071068f, .7071068f, 0, 1]), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
    }
}
