namespace Dml.Training.Augmentation;

/// <summary>No colour, for a share of the pictures.</summary>
internal sealed class RandomGreyscale(RandomGreyscale.Options options) : IAugmentation
{
    private readonly double _probability = options.Probability.Within(0, 1, "random-greyscale.probability");

    public sealed record Options
    {
        public double Probability { get; init; } = 0.2;
    }

    public void Draw(Random random, AugmentationPlan plan)
    {
        if (random.Chance(_probability))
        {
            plan.Recolour(ColourMatrices.Greyscale);
        }
    }
}
