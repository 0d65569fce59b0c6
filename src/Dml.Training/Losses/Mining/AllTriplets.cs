namespace Dml.Training.Losses.Mining;

/// <summary>Every triplet of anchor, positive and negative.</summary>
internal sealed class AllTriplets : IMiner
{
    public sealed record Options;

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        for (var anchor = 0; anchor < batch.Anchors; anchor++)
        {
            foreach (var positive in batch.Positives(anchor))
            {
                foreach (var negative in batch.Negatives(anchor))
                {
                    take(anchor, positive, negative);
                }
            }
        }
    }
}
