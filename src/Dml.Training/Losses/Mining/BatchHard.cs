namespace Dml.Training.Losses.Mining;

/// <summary>
/// One triplet per anchor that has both: its farthest positive and its nearest negative. Training that starts with it may collapse to one
/// point; start with semi-hard or a soft margin.
/// </summary>
internal sealed class BatchHard : IMiner
{
    internal const string Name = "batch-hard";

    public sealed record Options;

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        for (var anchor = 0; anchor < batch.Anchors; anchor++)
        {
            var (positives, negatives) = (batch.Positives(anchor), batch.Negatives(anchor));
            if (positives.Length > 0 && negatives.Length > 0)
            {
                take(anchor, Extremes.Farthest(batch, anchor, positives), Extremes.Nearest(batch, anchor, negatives));
            }
        }
    }
}
