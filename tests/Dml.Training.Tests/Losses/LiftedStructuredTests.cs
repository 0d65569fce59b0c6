using Dml.Training.Losses;

namespace Dml.Training.Tests.Losses;

public sealed class LiftedStructuredTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Pairs_equal_the_loops(int seed)
    {
        var batch = new RandomBatch(seed);
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < batch.Count; i++)
        {
            foreach (var j in batch.Positives(i).Where(j => j > i))
            {
                var negatives = batch.Negatives(i).Sum(k => Math.Exp(1 - batch.Distance(i, k)))
                    + batch.Negatives(j).Sum(k => Math.Exp(1 - batch.Distance(j, k)));
                sum += Math.Pow(Math.Max(0, Math.Log(negatives) + batch.Distance(i, j)), 2);
                count++;
            }
        }

        var expected = (sum / (2 * count)) + (.005 * batch.All.Average(batch.Length));
        batch.Check(expected, rows => LiftedStructured.Value(rows, batch.Labels, new()), 1e-8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Anchors_equal_the_loops(int seed)
    {
        var batch = new RandomBatch(seed, classes: 5);
        var expected = batch.All.Where(i => batch.Positives(i).Length > 0).Average(i => Math.Max(
            0, Math.Log(batch.Positives(i).Sum(p => Math.Exp(batch.Distance(i, p))))
                + Math.Log(batch.Negatives(i).Sum(n => Math.Exp(1 - batch.Distance(i, n))))));
        batch.Check(expected, rows => LiftedStructured.Value(
            rows, batch.Labels, new() { Form = LiftedStructured.Form.Generalised, LengthWeight = 0 }), 1e-8);
    }

    [Fact]
    public void No_pair_or_no_negative_costs_nothing()
    {
        var batch = new RandomBatch(3, 3);
        batch.Check(0, rows => LiftedStructured.Value(rows, [0, 1, 2], new()));
        batch.Check(0, rows => LiftedStructured.Value(rows, [1, 1, 1], new()));
    }
}
