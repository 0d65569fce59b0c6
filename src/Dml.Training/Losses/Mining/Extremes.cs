namespace Dml.Training.Losses.Mining;

/// <summary>The hardest rows of an anchor. Ties go to the first row.</summary>
internal static class Extremes
{
    internal static int Farthest(MinedBatch batch, int anchor, ReadOnlySpan<int> rows)
    {
        var best = rows[0];
        foreach (var row in rows)
        {
            best = batch.Distance(anchor, row) > batch.Distance(anchor, best) ? row : best;
        }

        return best;
    }

    internal static int Nearest(MinedBatch batch, int anchor, ReadOnlySpan<int> rows)
    {
        var best = rows[0];
        foreach (var row in rows)
        {
            best = batch.Distance(anchor, row) < batch.Distance(anchor, best) ? row : best;
        }

        return best;
    }
}
