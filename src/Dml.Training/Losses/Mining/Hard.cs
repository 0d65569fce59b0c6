namespace Dml.Training.Losses.Mining;

/// <summary>Every triplet whose negative is at least as close as its positive.</summary>
internal sealed class Hard : IMiner
{
    public sealed record Options;

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        for (var anchor = 0; anchor < batch.Anchors; anchor++)
        {
            foreach (var positive in batch.Positives(anchor))
            {
                var near = batch.Distance(anchor, positive);
                foreach (var negative in batch.Negatives(anchor))
                {
                    if (batch.Distance(anchor, negative) <= near)
                    {
                        take(anchor, positive, negative);
                    }
                }
            }
        }
    }
}
