namespace Dml.Training.Losses.Mining;

/// <summary>One triplet a positive pair, by the rule of TensorFlow Addons: the nearest negative beyond the positive, else the farthest negative. Ties: the first row.</summary>
internal sealed class SemiHard : IMiner
{
    public sealed record Options;

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        for (var anchor = 0; anchor < batch.Count; anchor++)
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

        // A distance that is not a number is no farthest either: the loss then reports it as its value.
        return nearest >= 0 ? nearest : farthest >= 0 ? farthest : batch.Negatives(anchor)[0];
    }
}
