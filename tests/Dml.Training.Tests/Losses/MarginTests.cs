using Dml.Training.Losses;
using Dml.Training.Losses.Mining;
using Dml.Training.Tests.Losses.Examples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class MarginTests
{
    [Theory]
    [InlineData("all", 1, 0)]
    [InlineData("distance-weighted", 2, .1)]
    [InlineData("semi-hard", 3, 0)]
    public void Equals_the_loops(string miner, int seed, double nu)
    {
        var batch = new RandomBatch(seed, 10, unit: true);
        double[] beta = [1.1, 1.2, .9];
        var options = new Margin.Options { Nu = nu };
        var (sum, active) = (0.0, 0);
        var triplets = MinerTests.Mined(batch, miner, squared: false);
        foreach (var (a, p, n) in triplets)
        {
            var b = beta[batch.Labels[a]];
            var (near, far) = (Math.Max(0, batch.Distance(a, p) - b + .2), Math.Max(0, b - batch.Distance(a, n) + .2));
            sum += near + far + (nu * b);
            active += (near > 0 ? 1 : 0) + (far > 0 ? 1 : 0);
        }

        using var scope = NewDisposeScope();
        Tensor Value(Tensor rows, Tensor boundaries) => Margin.Value(rows, batch.Labels, boundaries, options, new FixedTriplets(triplets));

        batch.Check(sum / active, rows => Value(rows, tensor(beta)), 1e-7);
        Gradients.CheckByDifferences(boundaries => Value(batch.ToTensor(), boundaries), beta, 3);
    }

    [Fact]
    public void Nothing_above_zero_costs_nothing_even_with_nu()
    {
        using var scope = NewDisposeScope();
        var rows = ReferenceBatch.Leaf([1, 0, 1, .001, -1, 0, -1, .001], 4, 2);
        var value = Margin.Value(rows, [0, 0, 1, 1], tensor([1.0, 1.0]), new() { Nu = 1 }, new AllTriplets());
        value.backward();
        Assert.Equal(0, value.item<double>());
        Assert.All(rows.grad!.data<double>().ToArray(), g => Assert.Equal(0, g));
    }
}
