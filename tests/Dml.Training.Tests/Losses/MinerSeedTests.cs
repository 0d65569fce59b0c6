using Dml.Training.Tests.Trainer;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

/// <summary>Not run in parallel with other tests, because libtorch has one random generator per process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class MinerSeedTests
{
    [Fact]
    public void The_seed_of_the_draws_is_libtorchs()
    {
        var batch = new RandomBatch(8, 20, unit: true);
        manual_seed(4);
        var first = MinerTests.Mined(batch, "distance-weighted", false);
        var second = MinerTests.Mined(batch, "distance-weighted", false);
        manual_seed(4);
        Assert.Equal(first, MinerTests.Mined(batch, "distance-weighted", false));
        Assert.NotEqual(first, second);
    }
}
