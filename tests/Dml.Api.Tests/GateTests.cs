using Dml.Api.Gate;
using Dml.Embedding.Labels;

namespace Dml.Api.Tests;

public sealed class GateTests
{
    [Fact]
    public void Retrieval_scores_are_those_of_the_definition()
    {
        // Angles on a circle; the ranking of each by hand.
        (string Label, double Degrees)[] items = [("a", 0), ("a", 10), ("b", 12), ("a", 40), ("b", 41), ("lone", 90)];
        var vectors = items
            .SelectMany(item => new[] { (float)Math.Cos(item.Degrees * Math.PI / 180), (float)Math.Sin(item.Degrees * Math.PI / 180) })
            .ToArray();

        var scores = RetrievalScore.Measure(vectors, [.. items.Select(item => item.Label)], TestContext.Current.CancellationToken);

        // 0: a10 b12 | R = 2: right, wrong -> 1/2. 10: b12 a0 -> (1/2)/2. 12: a10 -> R = 1: 0. 40: b41 b12 -> 0. 41: a40 -> 0.
        Assert.Equal(
            [("a", 1, 0.5), ("a", 0, 0.25), ("b", 0, 0), ("a", 0, 0), ("b", 0, 0)],
            scores.Select(s => (s.Label, s.RecallAt1, Math.Round(s.MapAtR, 6))));
    }

    [Fact]
    public void Scores_of_random_vectors_are_those_of_a_naive_loop()
    {
        var random = new Random(11);
        const int Count = 120, Dimension = 8;
        var vectors = Enumerable.Range(0, Count * Dimension).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var labels = Enumerable.Range(0, Count).Select(_ => $"l{random.Next(9)}").ToArray();
        double Dot(int a, int b) =>
            Enumerable.Range(0, Dimension).Sum(d => (double)vectors[(a * Dimension) + d] * vectors[(b * Dimension) + d]);
        var expected = Enumerable
            .Range(0, Count)
            .Select(query =>
            {
                var ranked = Enumerable
                    .Range(0, Count)
                    .Where(i => i != query)
                    .OrderByDescending(i => Dot(query, i))
                    .Select(i => labels[i] == labels[query])
                    .ToList();
                var relevant = ranked.Count(right => right);
                var sum = Enumerable.Range(1, relevant).Sum(i => ranked[i - 1] ? ranked.Take(i).Count(right => right) / (double)i : 0);
                return (Recall: ranked[0] ? 1.0 : 0, Map: sum / relevant);
            });

        var scores = RetrievalScore.Measure(vectors, labels, TestContext.Current.CancellationToken);
        Assert.All(expected.Zip(scores), pair =>
        {
            Assert.Equal(pair.First.Recall, pair.Second.RecallAt1);
            Assert.Equal(pair.First.Map, pair.Second.MapAtR, 1e-9);
        });
    }

    [Fact]
    public void The_interval_covers_the_truth_about_as_often_as_it_says()
    {
        // 60 labels with a shift of their own and 5 queries each: an interval over single queries would cover far less.
        var random = new Random(7);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        const double Truth = 0.05;
        var covered = Enumerable.Range(0, 200).Count(_ =>
        {
            var differences = Enumerable.Range(0, 60).SelectMany(label =>
            {
                var shift = Truth + (0.1 * Normal());
                return Enumerable.Range(0, 5).Select(_ => ($"l{label}", shift + (0.05 * Normal())));
            }).ToList();
            var (_, low, high) = PairedBootstrap.Of(differences);
            return low <= Truth && Truth <= high;
        });
        // Binomial(200, 0.95) leaves 177..198 about once in ten thousand; the percentile bootstrap is slightly narrow.
        Assert.InRange(covered, 175, 199);
    }

    [Fact]
    public void Equal_generations_differ_by_nothing()
    {
        var same = PairedBootstrap.Of([("a", 0), ("b", 0), ("c", 0)]);
        Assert.Equal((0, 0, 0), (same.Mean, same.Low, same.High));
    }

    [Fact]
    public void The_held_out_labels_are_their_share_and_stay_the_same()
    {
        var labels = Enumerable.Range(0, 5000).Select(i => $"label {i}").ToList();
        var held = labels.Where(label => HeldOutLabels.Contains(label, 0.2)).ToList();
        Assert.InRange(held.Count, 900, 1100);
        // A larger share holds out the same ones and more.
        Assert.All(held, label => Assert.True(HeldOutLabels.Contains(label, 0.3)));
        Assert.All(labels, label => Assert.True(HeldOutLabels.Contains(label, 1) && !HeldOutLabels.Contains(label, 0)));
        // printf LABEL | sha256sum, below 0x66666666.
        Assert.Equal(
            ["apple", "cherry", "date", "elder"],
            new[] { "apple", "banana", "cherry", "date", "elder" }.Where(label => HeldOutLabels.Contains(label, 0.4)));
    }
}
