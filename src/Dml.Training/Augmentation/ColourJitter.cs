namespace Dml.Training.Augmentation;

/// <summary>Random brightness, contrast, saturation and hue, in this order.</summary>
internal sealed class ColourJitter(ColourJitter.Options options) : IAugmentation
{
    private readonly double _probability = options.Probability.Within(0, 1, "colour-jitter.probability");
    private readonly double _brightness = options.Brightness.Within(0, 1, "colour-jitter.brightness");
    private readonly double _contrast = options.Contrast.Within(0, 1, "colour-jitter.contrast");
    private readonly double _saturation = options.Saturation.Within(0, 1, "colour-jitter.saturation");
    private readonly double _hue = options.Hue.Within(0, 0.5, "colour-jitter.hue");

    public sealed record Options
    {
        public double Probability { get; init; } = 0.8;

        /// <summary>The factor is in 1 ± this; so are contrast's and saturation's.</summary>
        public double Brightness { get; init; } = 0.4;

        public double Contrast { get; init; } = 0.4;

        public double Saturation { get; init; } = 0.4;

        /// <summary>Largest rotation of the hue to either side; 0.5 is any hue.</summary>
        public double Hue { get; init; } = 0.1;
    }

    public void Draw(Random random, AugmentationPlan plan)
    {
        if (!random.Chance(_probability))
        {
            return;
        }

        plan.Recolour(ColourMatrices.Brightness(random.Between(1 - _brightness, 1 + _brightness)));
        plan.Recolour(ColourMatrices.Contrast(random.Between(1 - _contrast, 1 + _contrast)));
        plan.Recolour(ColourMatrices.Saturation(random.Between(1 - _saturation, 1 + _saturation)));
        plan.Recolour(ColourMatrices.Hue(random.Between(-_hue, _hue)));
    }
}
