namespace Dml.Training.Losses.Mining;

/// <summary>
/// One triplet per positive pair, by the rule of TensorFlow Addons: the nearest negative beyond the positive, or else the farthest
/// negative. Ties go to the first row.
/// </summary>
internal sealed class SemiHard : IMiner
{
    public sealed record Options;

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        for (var anchor = 0; anchor < batch.Anchors; anchor++)
        {
            if (batch.Negatives(anchor).Length == 0)
            {
                continue;
            }

            foreach (var positive in batch.Positives(anchor))
            {
                take(anchor, positive, Negative(batch, anchor, batch.Distance(anchor, positive)));
            }
        }
    }

    private static int Negative(MinedBatch batch, int anchor, double beyond)
    {
        var (nearest, near, farthest, far) = (-1, double.PositiveInfinity, -1, double.NegativeInfinity);
        foreach (var negative in batch.Negatives(anchor))
        {
            var distance = batch.Distance(anchor, negative);
            if (distance > beyond && distance < near)
            {
                (nearest, near) = (negative, distance);
            }

            if (distance > far)
            {
                (farthest, far) = (negative, distance);
            }
        }

        // If all distances are NaN there is neither; any negative makes the loss NaN, which the trainer reports.
        return nearest >= 0 ? nearest : farthest >= 0 ? farthest : batch.Negatives(anchor)[0];
    }
}
