using Dml.Training.Catalogues;

namespace Dml.Training.Losses.Mining;

/// <summary>One drawn triplet an anchor: any positive, then a negative of the band between the positive and the margin behind it, else any negative.</summary>
internal sealed class SemiHardDraw : IMiner
{
    private readonly double _margin;

    public SemiHardDraw(Options options)
    {
        _margin = options.Margin > 0 ? options.Margin : throw new RecipeException($"miner semi-hard-draw wants margin > 0, not {options.Margin}.");
    }

    public sealed record Options
    {
        /// <summary>Width of the band in the loss's own distance, above 0; as a rule the loss's margin.</summary>
        public double Margin { get; init; } = 0.2;
    }

    public void Mine(MinedBatch batch, TripletVisitor take)
    {
        var band = new List<int>();
        for (var anchor = 0; anchor < batch.Count; anchor++)
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
