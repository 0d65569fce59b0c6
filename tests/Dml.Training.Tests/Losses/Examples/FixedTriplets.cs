using Dml.Training.Losses.Mining;

namespace Dml.Training.Tests.Losses.Examples;

/// <summary>A miner that always chooses the same triplets.</summary>
internal sealed class FixedTriplets(params (int Anchor, int Positive, int Negative)[] triplets) : IMiner
{
    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        foreach (var (anchor, positive, negative) in triplets)
        {
            take(anchor, positive, negative);
        }
    }
}
