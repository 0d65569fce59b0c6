namespace Dml.Training.Losses.Mining;

/// <summary>
/// One random triplet per anchor: a positive farther away than the nearest negative and a negative closer than the farthest positive, or
/// any if there is none.
/// </summary>
internal sealed class SoftHard : IMiner
{
    public sealed record Options;

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        for (var anchor = 0; anchor < batch.Anchors; anchor++)
        {
            var (positives, negatives) = (batch.Positives(anchor), batch.Negatives(anchor));
            if (positives.Length == 0 || negatives.Length == 0)
            {
                continue;
            }

            var row = anchor;
            var nearest = batch.Distance(anchor, Extremes.Nearest(batch, anchor, negatives));
            var farthest = batch.Distance(anchor, Extremes.Farthest(batch, anchor, positives));
            take(
                anchor,
                Drawn(batch, positives, positive => batch.Distance(row, positive) > nearest),
                Drawn(batch, negatives, negative => batch.Distance(row, negative) < farthest));
        }
    }

    private static int Drawn(MinedBatch batch, ReadOnlySpan<int> rows, Func<int, bool> isHard)
    {
        var hard = new List<int>();
        foreach (var row in rows)
        {
            if (isHard(row))
            {
                hard.Add(row);
            }
        }

        return hard.Count > 0 ? hard[batch.Random.Next(hard.Count)] : batch.Draw(rows);
    }
}
