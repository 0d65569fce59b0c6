using System.Numerics;

namespace Dml.Training.Augmentation;

/// <summary>A crop of random area, shape and place, scaled to the input size.</summary>
internal sealed class RandomResizedCrop(RandomResizedCrop.Options options) : IAugmentation
{
    private readonly double[] _area = options.Area.AsRange(0.01, 16, "random-resized-crop.area");
    private readonly double[] _ratio = options.Ratio.AsRange(0.1, 10, "random-resized-crop.ratio");

    public sealed record Options
    {
        /// <summary>
        /// Smallest and largest area as a share of the picture's; above 1 the picture is shown smaller, with <see cref="Outside"/> around
        /// it.
        /// </summary>
        public double[] Area { get; init; } = [0.2, 1];

        /// <summary>Smallest and largest width / height.</summary>
        public double[] Ratio { get; init; } = [0.75, 4.0 / 3];

        public Outside Outside { get; init; } = Outside.Edge;
    }

    public void Draw(Random random, AugmentationPlan plan)
    {
        var size = MathF.Sqrt(random.Between(_area[0], _area[1]));
        var shape = MathF.Sqrt(random.FactorBetween(_ratio[0], _ratio[1]));
        // A crop of the whole area cannot change its shape inside the picture: the longer side is cut.
        var half = size <= 1
            ? new Vector2(MathF.Min(1, size * shape), MathF.Min(1, size / shape))
            : new Vector2(size * shape, size / shape);
        var room = Vector2.Abs(Vector2.One - half);
        var centre = new Vector2(random.Between(-room.X, room.X), random.Between(-room.Y, room.Y));
        plan.Outside = options.Outside;
        plan.Move(Matrix3x2.CreateScale(half) * Matrix3x2.CreateTranslation(centre));
    }
}
