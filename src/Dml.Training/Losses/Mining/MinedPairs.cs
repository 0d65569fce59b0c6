using static TorchSharp.torch;

namespace Dml.Training.Losses.Mining;

/// <summary>How often each pair occurs in the mined triplets, for losses that treat the two pairs of a triplet separately.</summary>
internal sealed class MinedPairs
{
    private MinedPairs(Tensor positives, Tensor negatives, long triplets)
        => (Positives, Negatives, Triplets) = (positives, negatives, triplets);

    /// <summary>Shape [batch, batch]: number of triplets with this anchor and this positive.</summary>
    internal Tensor Positives { get; }

    /// <summary>Shape [batch, batch]: number of triplets with this anchor and this negative.</summary>
    internal Tensor Negatives { get; }

    /// <summary>Number of triplets.</summary>
    internal long Triplets { get; }

    /// <summary>Mines the batch with these distances; the counts have the type and device of the distances.</summary>
    /// <param name="miner">Chooses the triplets.</param>
    /// <param name="distances">Euclidean, shape [batch, batch].</param>
    /// <param name="labels">The classes of the rows.</param>
    /// <param name="dimension">Length of an embedding.</param>
    /// <param name="anchors">Rows, from the first on, that may be anchors; null means all.</param>
    internal static MinedPairs Of(IMiner miner, Tensor distances, long[] labels, long dimension, int? anchors = null)
    {
        var count = labels.Length;
        var (positives, negatives) = (new float[count * count], new float[count * count]);
        var triplets = 0L;
        miner.Mine(MinedBatch.Of(distances, labels, dimension, squared: false, anchors), (anchor, positive, negative) =>
        {
            positives[(anchor * count) + positive]++;
            negatives[(anchor * count) + negative]++;
            triplets++;
        });
        return new(Like(positives), Like(negatives), triplets);

        Tensor Like(float[] counts) => tensor(counts, [count, count]).to(distances.dtype).to(distances.device);
    }
}
