using Dml.Training.Batches;
using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Batches;

public sealed class HardClassSamplerTests
{
    // 12 classes of 4 pictures that lie on a circle, one class every 30 degrees but for a crowd of three.
    private static readonly int[] Labels = [.. Enumerable.Range(0, 48).Select(i => i / 4)];
    private static readonly double[] Angles = [.. Enumerable.Range(0, 12).Select(c => c < 3 ? c * .05 : c * Math.PI / 6)];

    private static HardClassSampler Make(int classes, int candidates) =>
        new(new() { Classes = classes, Candidates = candidates }, new(Labels, 12, 5));

    private static Tensor Embeddings() =>
        tensor(
            Labels.SelectMany(label => new[] { (float)Math.Cos(Angles[label]) * 3, (float)Math.Sin(Angles[label]) * 3 }).ToArray(),
            [48, 2]);

    [Fact]
    public void Each_next_class_is_the_hardest_for_those_taken()
    {
        using var scope = NewDisposeScope();
        var sampler = Make(4, 12);
        sampler.BeginEpoch(new(0, 1, Embeddings));
        foreach (var batch in sampler.Epoch(0))
        {
            int[] taken = [.. batch.Select(i => Labels[i]).Distinct()];
            Assert.Equal((4, 8), (taken.Length, batch.Length));
            for (var t = 1; t < taken.Length; t++)
            {
                // Pictures of a class are one point: a violation is the cosine to the nearest class taken, less 1.
                double Nearest(int label) => taken[..t].Max(k => Math.Cos(Angles[k] - Angles[label]));
                var best = Enumerable.Range(0, 12).Except(taken[..t]).Max(Nearest);
                Assert.Equal(best, Nearest(taken[t]), 1e-5);
            }
        }
    }

    [Fact]
    public void Batches_hold_classes_times_pictures_before_anything_is_known_too()
    {
        var sampler = Make(5, 7);
        var batches = sampler.Epoch(0);
        Assert.Equal(sampler.BatchesPerEpoch, batches.Count);
        Assert.All(batches, batch => Assert.All(batch.CountBy(i => Labels[i]), own => Assert.Equal(2, own.Value)));
        Assert.All(batches, batch => Assert.Equal(10, batch.Length));
        Assert.Throws<RecipeException>(() => Make(5, 4));
    }
}
