using Dml.Training.Losses;
using Dml.Training.Losses.Mining;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class ModalityHardMiningTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Hinges_equal_the_loops(int seed)
    {
        var batch = new RandomBatch(seed, 14, unit: true);
        long[] modalities = [.. batch.All.Select(i => (long)(i % 2))];
        double Hinge(int i, bool farOwn, bool nearOwn)
        {
            int[] far = [.. batch.Positives(i).Append(i).Where(j => (modalities[i] == modalities[j]) == farOwn)];
            int[] near = [.. batch.Negatives(i).Where(j => (modalities[i] == modalities[j]) == nearOwn)];
            return far.Length == 0 || near.Length == 0 ? 0
                : Math.Max(0, far.Max(j => j == i ? 1e-6 : batch.Distance(i, j)) - near.Min(j => batch.Distance(i, j)) + .3);
        }

        var expected = batch.All.Average(i => Hinge(i, true, true) + Hinge(i, false, true) + Hinge(i, false, false));
        batch.Check(expected, rows => ModalityHardMining.OfTriplets(
            rows, batch.Labels, modalities, new() { Margin = .3, Weighting = ModalityHardMining.Weighting.Hinge }));
    }

    [Fact]
    public void With_one_modality_it_is_batch_hard()
    {
        var batch = new RandomBatch(3, 12, classes: 2, unit: true);
        var options = new Triplet.Options { Squared = false, SoftMargin = false, Miner = new("batch-hard") };
        using var scope = NewDisposeScope();
        var expected = Triplet.Value(batch.ToTensor(), batch.Labels, options, MinerCatalogue.Create(options.Miner)).item<double>();
        batch.Check(expected, rows => ModalityHardMining.OfTriplets(
            rows, batch.Labels, new long[12], new() { Weighting = ModalityHardMining.Weighting.Hinge }));
    }

    // Central differences of the loss with constant weights.
    [Fact]
    public void Adaptive_weights_are_constants()
    {
        using var scope = NewDisposeScope();
        var batch = new RandomBatch(4, 12, unit: true);
        long[] modalities = [.. batch.All.Select(i => (long)(i / 2 % 2))];
        Tensor Value(Tensor rows, ModalityHardMining.Weighting weighting)
            => ModalityHardMining.OfTriplets(rows, batch.Labels, modalities, new() { Weighting = weighting });
        var (adaptive, released) = (batch.ToTensor().requires_grad_(true), batch.ToTensor().requires_grad_(true));
        Value(adaptive, ModalityHardMining.Weighting.Adaptive).backward();
        Value(released, ModalityHardMining.Weighting.Released).backward();
        Assert.False(adaptive.grad!.allclose(released.grad!));
        Gradients.CheckByDifferences(rows => Value(rows, ModalityHardMining.Weighting.Released), batch.Flat, batch.Shape);
    }
}
