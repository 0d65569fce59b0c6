using Dml.Training.Catalogues;

namespace Dml.Training.Losses.Mining;

/// <summary>Every triplet with 0 &lt; D(anchor, negative) - D(anchor, positive) &lt;= margin.</summary>
internal sealed class SemiHardBand : IMiner
{
    private readonly double _margin;

    public SemiHardBand(Options options)
    {
        _margin = options.Margin > 0
            ? options.Margin
            : throw new RecipeException($"miner semi-hard-band: margin must be above 0; got {options.Margin}.");
    }

    public sealed record Options
    {
        /// <summary>Width of the band in the loss's own distance, above 0; usually the loss's margin.</summary>
        public double Margin { get; init; } = 0.2;
    }

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        for (var anchor = 0; anchor < batch.Anchors; anchor++)
        {
            foreach (var positive in batch.Positives(anchor))
            {
                var near = batch.Distance(anchor, positive);
                foreach (var negative in batch.Negatives(anchor))
                {
                    var behind = batch.Distance(anchor, negative) - near;
                    if (behind > 0 && behind <= _margin)
                    {
                        take(anchor, positive, negative);
                    }
                }
            }
        }
    }
}
