using Dml.Training.Losses;

namespace Dml.Training.Tests.Losses;

public sealed class NPairTests
{
    [Theory]
    [InlineData(1, NPair.Form.Pairs)]
    [InlineData(2, NPair.Form.SoftLabels)]
    [InlineData(3, NPair.Form.OneVersusOne)]
    public void Equals_the_loops(int seed, NPair.Form form)
    {
        var batch = new RandomBatch(seed, 14);
        // Only soft labels compare the pairs of a class with each other.
        var soft = form == NPair.Form.SoftLabels;
        var pairs = batch.All.GroupBy(i => batch.Labels[i]).Select(own => own.ToArray()).Where(own => own.Length > 1).SelectMany(own =>
            Enumerable.Range(0, soft ? own.Length / 2 : (own.Length + 1) / 2)
                .Select(k => (A: own[2 * k], P: own[((2 * k) + 1) % own.Length], Round: soft ? 0 : k))).ToArray();
        double sum = 0;
        foreach (var (a, p, round) in pairs)
        {
            var rivals = pairs.Where(other => other.Round == round).ToArray();
            double Softmax(int positive) => Math.Log(rivals.Sum(other => Math.Exp(batch.Dot(a, other.P) - batch.Dot(a, positive))));
            sum += form == NPair.Form.OneVersusOne
                ? rivals.Where(other => other.P != p).Sum(other => Math.Log(1 + Math.Exp(batch.Dot(a, other.P) - batch.Dot(a, p))))
                : rivals.Where(other => batch.Labels[other.P] == batch.Labels[a]).Average(other => Softmax(other.P));
        }

        var lengths = pairs.Average(pair => batch.Dot(pair.A, pair.A)) + pairs.Average(pair => batch.Dot(pair.P, pair.P));
        batch.Check((sum / pairs.Length) + (.02 / 4 * lengths),
            rows => NPair.Value(rows, batch.Labels, new() { Form = form, Regularization = .02 }));
    }

    [Fact]
    public void With_all_negatives_every_row_is_an_anchor()
    {
        // With two rows per class the drawn positive is the other one.
        var batch = new RandomBatch(5, 8);
        long[] labels = [0, 0, 1, 1, 2, 2, 3, 4];
        var sum = Enumerable.Range(0, 6)
            .Sum(a => Math.Log(1 + Enumerable.Range(0, 8).Where(n => labels[n] != labels[a])
                .Sum(n => Math.Exp((batch.Dot(a, n) - batch.Dot(a, a ^ 1)) / 16))));
        var expected = (sum / 6) + (.005 * batch.All.Average(batch.Length));
        batch.Check(expected, rows => NPair.Value(rows, labels, new() { Form = NPair.Form.AllNegatives }));
    }

    [Fact]
    public void A_single_pair_costs_its_lengths_only_and_no_pair_nothing()
    {
        var batch = new RandomBatch(6, 3);
        batch.Check(.01 / 4 * (batch.Dot(0, 0) + batch.Dot(1, 1)), rows => NPair.Value(rows, [0, 0, 1], new() { Regularization = .01 }));
        batch.Check(0, rows => NPair.Value(rows, [0, 1, 2], new() { Regularization = .01 }));
    }
}
