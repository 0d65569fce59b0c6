using Dml.Training.Catalogues;

namespace Dml.Training.Losses.Mining;

/// <summary>
/// One random triplet per anchor: any positive, then a negative farther away than it by less than the margin, or else any negative.
/// </summary>
internal sealed class SemiHardDraw : IMiner
{
    private readonly double _margin;

    public SemiHardDraw(Options options)
    {
        _margin = options.Margin > 0
            ? options.Margin
            : throw new RecipeException($"miner semi-hard-draw: margin must be above 0; got {options.Margin}.");
    }

    public sealed record Options
    {
        /// <summary>Width of the band in the loss's own distance, above 0; usually the loss's margin.</summary>
        public double Margin { get; init; } = 0.2;
    }

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        var band = new List<int>();
        for (var anchor = 0; anchor < batch.Anchors; anchor++)
        {
            var (positives, negatives) = (batch.Positives(anchor), batch.Negatives(anchor));
            if (positives.Length == 0 || negatives.Length == 0)
            {
                continue;
            }

            var positive = batch.Draw(positives);
            var near = batch.Distance(anchor, positive);
            band.Clear();
            foreach (var negative in negatives)
            {
                var distance = batch.Distance(anchor, negative);
                if (distance > near && distance < near + _margin)
                {
                    band.Add(negative);
                }
            }

            take(anchor, positive, band.Count > 0 ? band[batch.Random.Next(band.Count)] : batch.Draw(negatives));
        }
    }
}
