using System.Numerics;

namespace Dml.Training.Augmentation;

/// <summary>
/// White becomes a random light colour and every other colour darkens with it: drawings on white learn not to depend on their background.
/// </summary>
internal sealed class RandomPaper(RandomPaper.Options options) : IAugmentation
{
    private readonly double _probability = options.Probability.Within(0, 1, "random-paper.probability");
    private readonly double _darkest = options.Darkest.Within(0, 1, "random-paper.darkest");

    public sealed record Options
    {
        public double Probability { get; init; } = 0.3;

        /// <summary>Each channel of the paper is between this and 1.</summary>
        public double Darkest { get; init; } = 0.5;
    }

    public void Draw(Random random, AugmentationPlan plan)
    {
        if (random.Chance(_probability))
        {
            plan.Recolour(
                ColourMatrices.Paper(new Vector3(random.Between(_darkest, 1), random.Between(_darkest, 1), random.Between(_darkest, 1))));
        }
    }
}
