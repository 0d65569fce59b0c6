using System.Numerics;

namespace Dml.Training.Augmentation;

/// <summary>A mirror image, left for right.</summary>
internal sealed class RandomFlip(RandomFlip.Options options) : IAugmentation
{
    private readonly double _probability = options.Probability.Within(0, 1, "random-flip.probability");

    public sealed record Options
    {
        public double Probability { get; init; } = 0.5;
    }

    public void Draw(Random random, AugmentationPlan plan)
    {
        if (random.Chance(_probability))
        {
            plan.Move(Matrix3x2.CreateScale(-1, 1));
        }
    }
}
