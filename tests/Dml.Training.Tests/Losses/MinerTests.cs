using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Losses.Mining;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class MinerTests
{
    public static TheoryData<string> Names => [.. MinerCatalogue.All.Select(m => m.Name)];

    internal static (int Anchor, int Positive, int Negative)[] Mined(
        RandomBatch batch, string name, bool squared, JsonObject? options = null)
    {
        using var scope = NewDisposeScope();
        var rows = batch.ToTensor();
        var triplets = new List<(int, int, int)>();
        MinerCatalogue.Create(new(name) { Options = options ?? [] }).Mine(
            MinedBatch.Of(squared ? Distances.Squared(rows) : Distances.Euclidean(rows), batch.Labels, batch.Dimension, squared),
            (a, p, n) => triplets.Add((a, p, n)));
        return [.. triplets];
    }

    private static IEnumerable<(int A, int P, int N)> Every(RandomBatch batch)
        => batch.All.SelectMany(a => batch.Positives(a).SelectMany(p => batch.Negatives(a).Select(n => (a, p, n))));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_triplet_is_one_and_an_anchor_without_either_kind_has_none(string name)
    {
        foreach (var seed in (int[])[1, 2, 3, 4])
        {
            var batch = new RandomBatch(seed, 10, classes: 5, unit: true);
            foreach (var (a, p, n) in Mined(batch, name, squared: seed % 2 == 0))
            {
                Assert.True(a != p && batch.Labels[a] == batch.Labels[p] && batch.Labels[a] != batch.Labels[n]);
            }
        }

        foreach (var classes in (int[])[1, 1000])
        {
            Assert.Empty(Mined(new(1, 6, classes: classes, unit: true), name, squared: false));
        }
    }

    [Fact]
    public void The_sets_are_those_of_their_definitions()
    {
        var batch = new RandomBatch(5, 12, unit: true);
        double D(int i, int j) => batch.Distance(i, j);
        Assert.Equal(Every(batch), Mined(batch, "all", false));
        Assert.Equal(Every(batch).Where(t => D(t.A, t.N) <= D(t.A, t.P)), Mined(batch, "hard", false));
        Assert.Equal(Every(batch).Where(t => D(t.A, t.N) > D(t.A, t.P) && D(t.A, t.N) - D(t.A, t.P) <= .3),
            Mined(batch, "semi-hard-band", false, new() { ["margin"] = .3 }));
        Assert.Equal(
            batch.All.Where(a => batch.Positives(a).Length > 0)
                .Select(a => (a, batch.Positives(a).MaxBy(p => D(a, p)), batch.Negatives(a).MinBy(n => D(a, n)))),
            Mined(batch, "batch-hard", false));
        Assert.Equal(
            batch.All.SelectMany(a => batch.Positives(a)
                .Select(p => (a, p, batch.Negatives(a).Where(n => D(a, n) > D(a, p)) is var beyond && beyond.Any()
                    ? beyond.MinBy(n => D(a, n))
                    : batch.Negatives(a).MaxBy(n => D(a, n))))),
            Mined(batch, "semi-hard", false));
    }

    [Fact]
    public void Drawn_triplets_come_from_their_bands()
    {
        var batch = new RandomBatch(6, 14, classes: 2, unit: true);
        double D(int i, int j) => batch.Distance(i, j);
        foreach (var (a, p, n) in Mined(batch, "semi-hard-draw", false))
        {
            var band = batch.Negatives(a).Where(j => D(a, j) > D(a, p) && D(a, j) < D(a, p) + .2).ToArray();
            Assert.True(band.Length == 0 || band.Contains(n));
        }

        foreach (var (a, p, n) in Mined(batch, "soft-hard", false))
        {
            int[] far = [.. batch.Positives(a).Where(j => D(a, j) > batch.Negatives(a).Min(x => D(a, x)))];
            int[] near = [.. batch.Negatives(a).Where(j => D(a, j) < batch.Positives(a).Max(x => D(a, x)))];
            Assert.True((far.Length == 0 || far.Contains(p)) && (near.Length == 0 || near.Contains(n)));
        }

        Assert.Equal(batch.All.SelectMany(a => batch.Positives(a).Select(p => (a, p))),
            Mined(batch, "distance-weighted", false).Select(t => (t.Anchor, t.Positive)));
        Assert.Equal(batch.All, Mined(batch, "distance-weighted", false, new() { ["everyPositive"] = false }).Select(t => t.Anchor));
    }

    [Theory]
    [InlineData(128, double.PositiveInfinity, new[] { 1.25, 1.30, 1.35, 1.38, 1.45 },
        new[] { .728763, .149512, .051623, .035542, .034559 })]
    [InlineData(128, 1.4, new[] { 1.25, 1.30, 1.35, 1.38, 1.45 }, new[] { .754850, .154864, .053471, .036815, 0 })]
    [InlineData(8, 1.4, new[] { .3, .9, 1.2, 1.35, 1.45 }, new[] { .936603, .041259, .012728, .009409, 0 })]
    [InlineData(128, 1.4, new[] { 1.5, 1.6 }, new[] { 0.0, 0 })]
    public void Chances_by_distance_are_the_worked_ones(int dimension, double upper, double[] distances, double[] expected)
    {
        var weights = DistanceWeighted.Weights(distances, dimension, .5, upper);
        Assert.All(expected.Zip(weights), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Negatives_are_drawn_as_often_as_their_chances_say()
    {
        // One anchor with one positive and five negatives at chord lengths of a circle; only rows 0 and 1 have a positive.
        double[] distances = [.6, .8, 1.0, 1.2, 1.5];
        var count = 7;
        var matrix = new double[count * count];
        for (var i = 0; i < distances.Length; i++)
        {
            matrix[i + 2] = distances[i];
        }

        var batch = new MinedBatch(matrix, [0, 0, 1, 2, 3, 4, 5], 8, squared: false, seed: 7);
        var drawn = new int[count];
        var miner = new DistanceWeighted(new());
        for (var i = 0; i < 20_000; i++)
        {
            miner.Mine(batch, (anchor, _, negative) => drawn[negative] += anchor == 0 ? 1 : 0);
        }

        var chances = DistanceWeighted.Weights(distances, 8, .5, 1.4);
        Assert.All(chances.Select((chance, i) => (chance, Share: drawn[i + 2] / 20_000.0)),
            pair => Assert.Equal(pair.chance, pair.Share, .015));
        Assert.Equal(0, drawn[6]);
    }

    [Fact]
    public void An_unknown_miner_is_an_error_that_lists_the_known()
    {
        var error = Assert.Throws<RecipeException>(() => LossCatalogue.Create("triplet", new(2, 2), new() { ["miner"] = "semihard" }, 1));
        Assert.Contains("semi-hard", error.Message, StringComparison.Ordinal);
    }
}
