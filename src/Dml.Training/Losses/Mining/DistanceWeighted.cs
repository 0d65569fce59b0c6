using Dml.Training.Catalogues;

namespace Dml.Training.Losses.Mining;

/// <summary>
/// Draws negatives so that every distance occurs about equally often. Distances between points of the unit sphere have the density
/// q(d) = d^(D-2) (1 - d^2/4)^((D-3)/2); the weight of a negative is 1 / q(max(d, lower cutoff)), or 0 from the upper cutoff on.
/// Requires unit rows. Weights are scaled by the largest of the anchor's own negatives. The published code scales by that of the whole
/// batch, which leaves an anchor with easy negatives without any and may then draw a positive; here such an anchor draws any negative.
/// </summary>
internal sealed class DistanceWeighted : IMiner
{
    // 1 - d^2/4 is 0 at d = 2.
    private const double LargestDistance = 1.99;
    private readonly Options _options;

    public DistanceWeighted(Options options)
    {
        if (!(options.LowerCutoff is > 0 and < LargestDistance) || !(options.UpperCutoff is null or > 0))
        {
            throw new RecipeException(
                $"miner distance-weighted: lowerCutoff must be above 0 and below {LargestDistance}, upperCutoff above 0 or null; "
                + $"got {options.LowerCutoff} and {options.UpperCutoff}.");
        }

        _options = options;
    }

    public sealed record Options
    {
        /// <summary>Closer negatives are weighted as if they were this far away, which bounds the variance; above 0.</summary>
        public double LowerCutoff { get; init; } = 0.5;

        /// <summary>
        /// Negatives from this distance on are not drawn; null draws them too. 1.4 is beta + alpha of the margin loss, from where their
        /// loss is 0.
        /// </summary>
        public double? UpperCutoff { get; init; } = 1.4;

        /// <summary>Take every positive of an anchor, each with its own negative; false draws one positive per anchor.</summary>
        public bool EveryPositive { get; init; } = true;
    }

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        for (var anchor = 0; anchor < batch.Anchors; anchor++)
        {
            var (positives, negatives) = (batch.Positives(anchor), batch.Negatives(anchor));
            if (positives.Length == 0 || negatives.Length == 0)
            {
                continue;
            }

            var distances = new double[negatives.Length];
            for (var i = 0; i < distances.Length; i++)
            {
                distances[i] = batch.Euclidean(anchor, negatives[i]);
            }

            var weights = Weights(distances, batch.Dimension, _options.LowerCutoff, _options.UpperCutoff ?? double.PositiveInfinity);
            if (!_options.EveryPositive)
            {
                take(anchor, batch.Draw(positives), Drawn(batch, negatives, weights));
                continue;
            }

            foreach (var positive in positives)
            {
                take(anchor, positive, Drawn(batch, negatives, weights));
            }
        }
    }

    /// <summary>The probability of each negative; all 0 if all are beyond the upper cutoff.</summary>
    internal static double[] Weights(ReadOnlySpan<double> distances, int dimension, double lower, double upper)
    {
        var logs = new double[distances.Length];
        for (var i = 0; i < logs.Length; i++)
        {
            var d = Math.Clamp(distances[i], lower, LargestDistance);
            logs[i] = distances[i] < upper
                ? ((2 - dimension) * Math.Log(d)) - ((dimension - 3) / 2.0 * Math.Log(1 - (d * d / 4)))
                : double.NegativeInfinity;
        }

        var largest = logs.Max();
        var weights = logs.Select(log => double.IsNegativeInfinity(log) ? 0 : Math.Exp(log - largest)).ToArray();
        var sum = weights.Sum();
        return sum > 0 ? [.. weights.Select(weight => weight / sum)] : weights;
    }

    private static int Drawn(MinedBatch batch, ReadOnlySpan<int> rows, double[] weights)
    {
        var left = batch.Random.NextDouble();
        var last = -1;
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
            {
                last = i;
                left -= weights[i];
                if (left < 0)
                {
                    break;
                }
            }
        }

        return last >= 0 ? rows[last] : batch.Draw(rows);
    }
}
