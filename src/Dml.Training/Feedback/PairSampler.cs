using Dml.Training.Batches;
using Dml.Training.Numerics;

namespace Dml.Training.Feedback;

/// <summary>Batches of whole pairs, pictures 2i and 2i + 1 beside each other; every pair about equally often.</summary>
/// <param name="pairs">How many there are, at least 1.</param>
/// <param name="pairsOfBatch">How many a batch has, where there are as many.</param>
/// <param name="batchesPerEpoch">As many as the training batches that they go with.</param>
/// <param name="seed">The recipe's.</param>
internal sealed class PairSampler(int pairs, int pairsOfBatch, int batchesPerEpoch, int seed) : ISampler
{
    public int BatchesPerEpoch => batchesPerEpoch;

    public int BatchSize => 2 * Math.Min(pairs, pairsOfBatch);

    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        var deck = new PictureDeck([.. Enumerable.Range(0, pairs)], new Random(Seeds.Mix(seed, epoch)));
        return
        [
            .. Enumerable
                .Range(0, batchesPerEpoch)
                .Select(_ => deck.Deal(BatchSize / 2).SelectMany(pair => new[] { 2 * pair, (2 * pair) + 1 }).ToArray()),
        ];
    }
}
