using System.Numerics;

namespace Dml.Training.Augmentation;

/// <summary>A small rotation, shift, scaling and shear.</summary>
internal sealed class RandomAffine(RandomAffine.Options options) : IAugmentation
{
    private readonly double _probability = options.Probability.Within(0, 1, "random-affine.probability");
    private readonly double _degrees = options.Degrees.Within(0, 180, "random-affine.degrees");
    private readonly double _shift = options.Shift.Within(0, 1, "random-affine.shift");
    private readonly double[] _scale = options.Scale.AsRange(0.1, 10, "random-affine.scale");
    private readonly double _shear = options.Shear.Within(0, 45, "random-affine.shear");

    public sealed record Options
    {
        public double Probability { get; init; } = 1;

        /// <summary>Largest rotation to either side.</summary>
        public double Degrees { get; init; } = 15;

        /// <summary>Largest shift along each axis, as a share of the side.</summary>
        public double Shift { get; init; } = 0.1;

        /// <summary>Smallest and largest size of the picture in the result.</summary>
        public double[] Scale { get; init; } = [0.9, 1.1];

        /// <summary>Largest shear along each axis, in degrees.</summary>
        public double Shear { get; init; } = 5;

        public Outside Outside { get; init; } = Outside.Edge;
    }

    public void Draw(Random random, AugmentationPlan plan)
    {
        if (!random.Chance(_probability))
        {
            return;
        }

        var angle = random.Between(-_degrees, _degrees) * MathF.PI / 180;
        var tilt = new Vector2(random.Between(-_shear, _shear), random.Between(-_shear, _shear)) * (MathF.PI / 180);
        var size = random.FactorBetween(_scale[0], _scale[1]);
        // The side is 2 long in the plan's coordinates.
        var offset = 2 * new Vector2(random.Between(-_shift, _shift), random.Between(-_shift, _shift));
        plan.Outside = options.Outside;
        plan.Move(
            Matrix3x2.CreateTranslation(offset)
                * Matrix3x2.CreateRotation(angle)
                * Matrix3x2.CreateSkew(tilt.X, tilt.Y)
                * Matrix3x2.CreateScale(1 / size));
    }
}
