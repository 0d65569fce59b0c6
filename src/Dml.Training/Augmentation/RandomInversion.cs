namespace Dml.Training.Augmentation;

/// <summary>The negative, for a share of the pictures.</summary>
internal sealed class RandomInversion(RandomInversion.Options options) : IAugmentation
{
    private readonly double _probability = options.Probability.Within(0, 1, "random-inversion.probability");

    public sealed record Options
    {
        public double Probability { get; init; } = 0.1;
    }

    public void Draw(Random random, AugmentationPlan plan)
    {
        if (random.Chance(_probability))
        {
            plan.Recolour(ColourMatrices.Inversion);
        }
    }
}
