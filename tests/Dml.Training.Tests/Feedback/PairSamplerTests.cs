using Dml.Training.Feedback;

namespace Dml.Training.Tests.Feedback;

public sealed class PairSamplerTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(40, 8)]
    public void Deals_whole_pairs_about_equally_often(int pairs, int expectedOfBatch)
    {
        const int Batches = 30;
        var sampler = new PairSampler(pairs, Math.Min(8, expectedOfBatch), Batches, seed: 4);
        var epoch = sampler.Epoch(2);

        Assert.Equal((Batches, 2 * expectedOfBatch), (epoch.Count, sampler.BatchSize));
        Assert.All(epoch, batch =>
            Assert.True(batch.Chunk(2).All(pair => pair[0] % 2 == 0 && pair[1] == pair[0] + 1) && batch.Length == sampler.BatchSize));
        var counts = Enumerable.Range(0, pairs).Select(pair => epoch.Sum(batch => batch.Count(p => p == 2 * pair))).ToList();
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        Assert.Equal(
            epoch.SelectMany(b => b), new PairSampler(pairs, Math.Min(8, expectedOfBatch), Batches, seed: 4).Epoch(2).SelectMany(b => b));
    }
}
