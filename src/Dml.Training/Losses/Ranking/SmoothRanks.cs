using static TorchSharp.torch;

namespace Dml.Training.Losses.Ranking;

/// <summary>Smooth ranks: how many rows an anchor is closer to than to one of its positives, each counted by a sigmoid.</summary>
internal static class SmoothRanks
{
    /// <summary>The number of pairs whose ranks are computed together; every pair compares all rows.</summary>
    internal const int Pairs = 2048;

    /// <summary>sigmoid((s(j) - s(pair's row)) / temperature) over all rows j, 0 for the pair's own row, [pairs, rows].</summary>
    /// <param name="similarities">Of the pairs' anchors to all rows, [pairs, rows].</param>
    /// <param name="rows">The pairs' rows, [pairs].</param>
    /// <param name="temperature">Above 0.</param>
    internal static Tensor Before(Tensor similarities, Tensor rows, double temperature)
    {
        var own = rows.unsqueeze(1);
        var before = ((similarities - similarities.gather(1, own)) / temperature).sigmoid();
        return before.masked_fill(arange(similarities.shape[1]).to(rows.device).unsqueeze(0).eq(own), 0);
    }
}
