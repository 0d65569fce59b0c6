using System.Text.Json.Nodes;
using Dml.Training.Losses;
using Dml.Training.Losses.Mining;
using Dml.Training.Losses.Ranking;
using Dml.Training.Losses.Softmax;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

/// <summary>Losses that came as formulas, against their descriptions written as loops, on batches of classes of different sizes.</summary>
public sealed class PairLossesTests
{
    private const int Count = 11;

    /// <summary>Losses that a memory can be put around, with their loops: the cost of one anchor, null if it is none.</summary>
    public static MatrixTheoryData<string, int> Anchored => new(Loops.Keys, [Count, 6, 1]);

    private static Dictionary<string, Func<RandomBatch, int, double[]>> Loops { get; } = new()
    {
        // Each gives one number for each thing that is averaged: an anchor or a pair.
        ["supcon"] = (b, i) => b.Positives(i).Length == 0 ? [] : [b.Positives(i).Average(p => Math.Log(
            b.All.Where(a => a != i).Sum(a => Math.Exp(b.Cosine(i, a) / .1))) - (b.Cosine(i, p) / .1))],
        ["nt-xent"] = (b, i) => [.. b.Positives(i).Select(p => Math.Log(1 + b.Negatives(i).Sum(
            k => Math.Exp((b.Cosine(i, k) - b.Cosine(i, p)) / .07))))],
        ["circle"] = (b, i) => b.Positives(i).Length == 0 || b.Negatives(i).Length == 0 ? [] : [Math.Log(1 + (
            b.Negatives(i).Sum(k => Math.Exp(80 * Math.Max(0, b.Cosine(i, k) + .4) * (b.Cosine(i, k) - .4)))
            * b.Positives(i).Sum(p => Math.Exp(-80 * Math.Max(0, 1.4 - b.Cosine(i, p)) * (b.Cosine(i, p) - .6)))))],
        ["ranked-list"] = (b, i) =>
        {
            double Distance(int j) => Math.Sqrt(2 - (2 * b.Cosine(i, j)));
            double[] far = [.. b.Positives(i).Select(Distance).Where(d => d > .8)];
            double[] near = [.. b.Negatives(i).Select(Distance).Where(d => d < 1.2)];
            var weights = near.Select(d => Math.Exp(10 * (1.2 - d))).ToArray();
            return [(.5 * far.Select(d => d - .8).DefaultIfEmpty(0).Average())
                + (near.Length == 0 ? 0 : .5 * near.Zip(weights, (d, w) => w * (1.2 - d)).Sum() / weights.Sum())];
        },
        ["angular"] = (b, i) => [.. b.Positives(i).Select(p => Math.Log(1 + b.Negatives(i).Sum(
            k => Math.Exp((4 * (b.Cosine(i, k) + b.Cosine(p, k))) - (4 * b.Cosine(i, p))))))],
        ["fast-ap"] = (b, i) =>
        {
            double Share(int j, int edge) => Math.Max(0, 1 - (Math.Abs(2 - (2 * b.Cosine(i, j)) - (edge * .4)) / .4));
            double At(int[] rows, int edge) => rows.Sum(j => Share(j, edge));
            var (positives, all) = (b.Positives(i), b.All.Where(j => j != i).ToArray());
            var sum = Enumerable.Range(0, 11).Sum(edge =>
            {
                var found = Enumerable.Range(0, edge + 1).Sum(e => At(positives, e));
                var seen = Enumerable.Range(0, edge + 1).Sum(e => At(all, e));
                return seen > 0 ? At(positives, edge) * found / seen : 0;
            });
            return positives.Length == 0 ? [] : [1 - (sum / positives.Length)];
        },
    };

    [Theory]
    [MemberData(nameof(Anchored))]
    public void Equals_the_loops_over_the_anchors(string name, int anchors)
    {
        using var scope = NewDisposeScope();
        for (var seed = 1; seed < 4; seed++)
        {
            var batch = new RandomBatch(seed, Count, 5, classes: 4);
            double[] costs = [.. Enumerable.Range(0, anchors).SelectMany(i => Loops[name](batch, i))];
            using var loss = LossCatalogue.Create(name, new(4, 5), null, 1);
            Assert.True(loss.TakesReferences);
            Tensor Of(Tensor rows) => loss.Compute(new LossBatch(rows, batch.Labels) { Anchors = anchors });
            var expected = costs.DefaultIfEmpty(0).Average();
            if (name is "circle" or "ranked-list")
            {
                // Their weights are constants of the gradient, which the worked examples check.
                Assert.Equal(expected, Of(batch.ToTensor()).item<double>(), 1e-8 * Math.Max(1, expected));
            }
            else
            {
                batch.Check(expected, Of, 1e-8);
            }
        }
    }

    // The losses that were there before: an anchor's cost does not depend on which other rows are anchors, so the cost of all anchors is
    // the mean of those of the halves, each weighted by what it averages over.
    [Theory]
    [InlineData("contrastive", """{ "form": "cosine" }""")]
    [InlineData("contrastive", """{ "form": "original" }""")]
    [InlineData("multi-similarity", "{}")]
    public void Anchors_cost_what_they_cost_among_all_anchors(string name, string options)
    {
        using var scope = NewDisposeScope();
        var batch = new RandomBatch(3, 8, 5, classes: 2);
        using var loss = LossCatalogue.Create(name, new(2, 5), JsonNode.Parse(options)!.AsObject(), 1);
        double Of(int anchors, int[] order) => loss.Compute(new LossBatch(
            batch.ToTensor().index_select(0, tensor(order.Select(i => (long)i).ToArray())),
            [.. order.Select(i => batch.Labels[i])])
        {
            Anchors = anchors,
        }).item<double>();
        int[] straight = [0, 1, 2, 3, 4, 5, 6, 7], turned = [5, 6, 7, 0, 1, 2, 3, 4];
        Assert.Equal(Of(8, straight), ((5 * Of(5, straight)) + (3 * Of(3, turned))) / 8, 1e-10);
        Assert.NotEqual(Of(8, straight), Of(5, straight), 1e-4);
    }

    [Theory]
    [InlineData("all")]
    [InlineData("semi-hard")]
    [InlineData("batch-hard")]
    [InlineData("distance-weighted")]
    public void Miners_take_only_anchors_as_anchors(string miner)
    {
        using var scope = NewDisposeScope();
        var batch = new RandomBatch(5, 10, 5, classes: 3, unit: true);
        var distances = Distances.Squared(batch.ToTensor());
        var mined = MinedBatch.Of(distances, batch.Labels, 5, squared: true, anchors: 4);
        var anchors = new HashSet<int>();
        MinerCatalogue.Create(new(miner)).Mine(mined, (anchor, _, _) => anchors.Add(anchor));
        Assert.NotEmpty(anchors);
        Assert.All(anchors, anchor => Assert.InRange(anchor, 0, 3));
    }

    [Fact]
    public void A_loss_that_compares_all_rows_refuses_rows_that_are_no_anchors()
    {
        using var scope = NewDisposeScope();
        var loss = LossCatalogue.Create("smooth-ap", new(2, 3), null, 1);
        Assert.Throws<ArgumentException>(() => loss.Compute(new LossBatch(zeros(3, 3), [0, 0, 1]) { Anchors = 2 }));
        Assert.Throws<ArgumentException>(() => LossCatalogue.Create("supcon", new(2, 3), null, 1)
            .Compute(new LossBatch(zeros(3, 3), [0, 0, 1]) { Anchors = 4 }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Smooth_average_precision_equals_the_loops(int seed)
    {
        var batch = new RandomBatch(seed, Count, 5, classes: 4);
        double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        var costs = batch.All.Where(i => batch.Positives(i).Length > 0).Select(i =>
        {
            int[] own = [i, .. batch.Positives(i)];
            double Before(int p, IEnumerable<int> rows) =>
                rows.Where(j => j != p).Sum(j => Sigmoid((batch.Cosine(i, j) - batch.Cosine(i, p)) / .1));
            return 1 - own.Average(p => (1 + Before(p, own)) / (1 + Before(p, batch.All)));
        });
        batch.Check(costs.Average(), rows => SmoothAp.Value(rows, batch.Labels, new() { Temperature = .1 }), 1e-8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Recall_at_k_equals_the_loops(int seed)
    {
        var batch = new RandomBatch(seed, Count, 5, classes: 4);
        double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        var costs = batch.All.Where(i => batch.Positives(i).Length > 0).Select(i =>
        {
            double[] ranks = [.. batch.Positives(i).Select(p =>
                1 + batch.All.Where(j => j != p && j != i).Sum(j => Sigmoid((batch.Cosine(i, j) - batch.Cosine(i, p)) / .1)))];
            return ((int[])[1, 3]).Average(k => 1 - (Math.Min(k, ranks.Sum(r => Sigmoid((k - r) / .5))) / Math.Min(k, ranks.Length)));
        });
        var options = new RecallAtK.Options { K = [1, 3], Temperature = .1, RankTemperature = .5 };
        batch.Check(costs.Average(), rows => RecallAtK.Value(rows, batch.Labels, options), 1e-8);
    }

    // The margin softmaxes on a row per class or several.
    [Theory]
    [InlineData("normalized-softmax", 1, 20)]
    [InlineData("cosface", 1, 16)]
    [InlineData("arcface", 1, 16)]
    [InlineData("arcface", 3, 16)]
    public void Softmaxes_over_classes_equal_the_loops(string name, int centres, double scale)
    {
        var (batch, classes) = (new RandomBatch(2, 9, 5, classes: 3), new RandomBatch(8, 3 * centres, 5));
        double Cosine(int row, int vector) => batch.Rows[row].Zip(classes.Rows[vector], (a, b) => a * b).Sum()
            / batch.Length(row) / classes.Length(vector);
        double Of(int row, int c)
        {
            var cosine = Enumerable.Range(0, centres).Max(k => Cosine(row, (c * centres) + k));
            var angle = Math.Acos(cosine);
            return batch.Labels[row] != c || name == "normalized-softmax" ? cosine
                : name == "cosface" ? cosine - .35
                : angle + .5 < Math.PI ? Math.Cos(angle + .5) : cosine - (.5 * Math.Sin(.5));
        }

        var expected = batch.All.Average(i => Math.Log(Enumerable.Range(0, 3)
            .Sum(c => Math.Exp(scale * (Of(i, c) - Of(i, (int)batch.Labels[i]))))));
        batch.Check(expected, rows => Value(rows, classes.ToTensor()), 1e-8);
        classes.Check(expected, vectors => Value(batch.ToTensor(), vectors), 1e-8);

        Tensor Value(Tensor rows, Tensor vectors) => name switch
        {
            "normalized-softmax" => NormalizedSoftmax.Value(rows, batch.Labels, vectors, new()),
            "cosface" => CosFace.Value(rows, batch.Labels, vectors, new() { Scale = scale }),
            _ => ArcFace.Value(rows, batch.Labels, vectors, new() { Scale = scale, Centres = centres }),
        };
    }

    [Fact]
    public void Soft_triple_equals_the_loops()
    {
        var (batch, centres) = (new RandomBatch(2, 9, 5, classes: 3), new RandomBatch(8, 12, 5));
        double Cosine(double[] a, double[] b) =>
            a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x)) / Math.Sqrt(b.Sum(x => x * x));
        double Similarity(int row, int c)
        {
            double[] cosines = [.. centres.Rows[(4 * c)..(4 * (c + 1))].Select(centre => Cosine(batch.Rows[row], centre))];
            return cosines.Sum(s => s * Math.Exp(s / .1)) / cosines.Sum(s => Math.Exp(s / .1)) - (batch.Labels[row] == c ? .01 : 0);
        }

        var entropy = batch.All.Average(i => Math.Log(Enumerable.Range(0, 3)
            .Sum(c => Math.Exp(20 * (Similarity(i, c) - Similarity(i, (int)batch.Labels[i]))))));
        var apart = from c in Enumerable.Range(0, 3)
                    from a in Enumerable.Range(0, 4)
                    from b in Enumerable.Range(0, a)
                    select Math.Sqrt(2.00001 - (2 * Cosine(centres.Rows[(4 * c) + a], centres.Rows[(4 * c) + b])));
        var expected = entropy + (.2 * apart.Sum() / (3 * 4 * 3));
        batch.Check(expected, rows => SoftTriple.Value(rows, batch.Labels, centres.ToTensor(), new() { Centres = 4 }), 1e-8);
        centres.Check(expected, at => SoftTriple.Value(batch.ToTensor(), batch.Labels, at, new() { Centres = 4 }), 1e-8);
    }
}
