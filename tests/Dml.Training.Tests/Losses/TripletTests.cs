using System.Text.Json.Nodes;
using Dml.Training.Losses;
using Dml.Training.Losses.Mining;
using Dml.Training.Tests.Losses.Examples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class TripletTests
{
    public static TheoryData<string> Miners => [.. MinerCatalogue.All.Select(m => m.Name)];

    // The loss is the mean over the mined triplets. They are mined only once, because some miners draw them at random.
    [Theory]
    [MemberData(nameof(Miners))]
    public void Equals_the_loops_over_the_mined_triplets(string name)
    {
        foreach (var (seed, squared, soft, nonZero) in ((int, bool, bool, bool)[])[
            (1, true, false, false), (2, false, false, true), (3, false, true, false)])
        {
            var batch = new RandomBatch(seed, 12, unit: true);
            var options = new Triplet.Options { Margin = .3, Squared = squared, SoftMargin = soft, NonZeroMean = nonZero };
            double Distance(int i, int j) => squared ? batch.SquaredDistance(i, j) : batch.Distance(i, j);
            var triplets = MinerTests.Mined(batch, name, squared);
            double[] terms = [.. triplets.Select(t => Distance(t.Anchor, t.Positive) - Distance(t.Anchor, t.Negative))
                .Select(x => soft ? Math.Log(1 + Math.Exp(x)) : Math.Max(0, x + .3))];
            var expected = terms.Sum() / Math.Max(1, terms.Count(t => t > 0 || !nonZero));
            batch.Check(expected, rows => Triplet.Value(rows, batch.Labels, options, new FixedTriplets(triplets)));
        }
    }

    // Hermans et al., equations 5 and 7: the mean over anchors of softplus(farthest positive - nearest negative), of rows as they are.
    [Fact]
    public void Batch_hard_is_as_published_unless_asked_otherwise()
    {
        using var scope = NewDisposeScope();
        var batch = new RandomBatch(4, 12);
        var expected = batch.All.Average(a => Math.Log(
            1 + Math.Exp(batch.Positives(a).Max(p => batch.Distance(a, p)) - batch.Negatives(a).Min(n => batch.Distance(a, n)))));
        double Value(JsonObject options) =>
            LossCatalogue.Create("triplet", new(3, 4), options, 1).Compute(batch.ToTensor(), batch.Labels).item<double>();
        Assert.Equal(expected, Value(new() { ["miner"] = "batch-hard" }), 1e-9);
        Assert.NotEqual(expected, Value(new() { ["miner"] = "batch-hard", ["normalize"] = true }), 1e-3);
        Assert.NotEqual(expected, Value(new() { ["miner"] = "batch-hard", ["softMargin"] = false }), 1e-3);
        // FaceNet's: squared distances of unit rows, a hinge.
        Assert.Equal(Value(new() { ["miner"] = "hard", ["squared"] = true, ["softMargin"] = false, ["normalize"] = true }),
            Value(new() { ["miner"] = "hard" }));
    }
}
