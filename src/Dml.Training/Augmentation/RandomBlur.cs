namespace Dml.Training.Augmentation;

/// <summary>A Gaussian blur of random width.</summary>
internal sealed class RandomBlur(RandomBlur.Options options) : IAugmentation
{
    private readonly double _probability = options.Probability.Within(0, 1, "random-blur.probability");
    private readonly double[] _sigma = options.Sigma.AsRange(0.01, 20, "random-blur.sigma");

    public sealed record Options
    {
        public double Probability { get; init; } = 0.2;

        /// <summary>Smallest and largest standard deviation, in pixels of the result.</summary>
        public double[] Sigma { get; init; } = [0.3, 1.2];
    }

    public void Draw(Random random, AugmentationPlan plan)
    {
        if (random.Chance(_probability))
        {
            plan.BlurSigma = random.Between(_sigma[0], _sigma[1]);
        }
    }
}
