using System.Numerics;
using Dml.Training.Augmentation;

namespace Dml.Training.Tests.Augmentation;

public class PictureSamplerTests
{
    private const int Seed = 9;

    [Theory]
    [InlineData(Outside.White)]
    [InlineData(Outside.Black)]
    [InlineData(Outside.Edge)]
    public void Agrees_with_a_plain_loop_over_pixels(Outside outside)
    {
        var random = new Random(Seed);
        for (var trial = 0; trial < 20; trial++)
        {
            var plan = new AugmentationPlan { Outside = outside };
            plan.Move(
                Matrix3x2.CreateRotation((float)random.NextDouble() * 6)
                    * Matrix3x2.CreateScale(0.5f + random.NextSingle(), 0.5f + random.NextSingle())
                    * Matrix3x2.CreateTranslation(random.NextSingle() - 0.5f, random.NextSingle() - 0.5f));
            plan.Recolour(ColourMatrices.Hue(random.NextSingle()));
            plan.Recolour(ColourMatrices.Contrast(1.5f));
            var source = TinyPictures.Rgb(19, trial, 0);
            var result = new byte[13 * 13 * 3];

            PictureSampler.Render(source, 19, plan, result, 13);

            var expected = Naive(source, 19, plan, 13);
            for (var i = 0; i < result.Length; i++)
            {
                Assert.InRange(result[i] - expected[i], -0.6, 0.6);
            }
        }
    }

    [Fact]
    public void The_same_size_and_no_change_copies()
    {
        var source = TinyPictures.Rgb(17, 1, 0);
        var result = new byte[source.Length];

        PictureSampler.Render(source, 17, new(), result, 17);

        Assert.Equal(source, result);
    }

    [Theory]
    [InlineData(0.4f)]
    [InlineData(1.1f)]
    [InlineData(3f)]
    public void Blurs_as_a_plain_two_dimensional_sum_does(float sigma)
    {
        const int side = 15;
        var source = TinyPictures.Rgb(side, 3, 1);
        var result = new byte[source.Length];

        PictureSampler.Render(source, side, new() { BlurSigma = sigma }, result, side);

        for (var i = 0; i < result.Length; i++)
        {
            var (x, y, sum, weights) = (i / 3 % side, i / 3 / side, 0.0, 0.0);
            for (var dy = -12; dy <= 12; dy++)
            {
                for (var dx = -12; dx <= 12; dx++)
                {
                    var weight = Math.Exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
                    weights += weight;
                    sum += weight * source[(Math.Clamp(y + dy, 0, side - 1) * side + Math.Clamp(x + dx, 0, side - 1)) * 3 + i % 3];
                }
            }
            // The kernel ends at three standard deviations: 0.3% of its weight lies beyond.
            Assert.InRange(result[i] - sum / weights, -1.2, 1.2);
        }
    }

    private static double[] Naive(byte[] source, int side, AugmentationPlan plan, int resultSide)
    {
        var result = new double[resultSide * resultSide * 3];
        for (var y = 0; y < resultSide; y++)
        {
            for (var x = 0; x < resultSide; x++)
            {
                var point = Vector2.Transform(
                    new Vector2((x + 0.5f) * 2 / resultSide - 1, (y + 0.5f) * 2 / resultSide - 1), plan.SourceFromResult);
                double sx = (point.X + 1) / 2 * side - 0.5,
                    sy = (point.Y + 1) / 2 * side - 0.5;
                var (left, top) = ((int)Math.Floor(sx), (int)Math.Floor(sy));
                var (dx, dy) = (sx - left, sy - top);
                var colour = new double[3];
                for (var channel = 0; channel < 3; channel++)
                {
                    double At(int px, int py)
                    {
                        var inside = px >= 0 && py >= 0 && px < side && py < side;
                        return inside || plan.Outside == Outside.Edge
                            ? source[(Math.Clamp(py, 0, side - 1) * side + Math.Clamp(px, 0, side - 1)) * 3 + channel]
                            : plan.Outside == Outside.White ? 255 : 0;
                    }

                    colour[channel] =
                        (1 - dy) * ((1 - dx) * At(left, top) + dx * At(left + 1, top))
                        + dy * ((1 - dx) * At(left, top + 1) + dx * At(left + 1, top + 1));
                }

                var changed = Vector4.Transform(
                    new Vector4((float)colour[0] / 255, (float)colour[1] / 255, (float)colour[2] / 255, 1), plan.Colour);
                for (var channel = 0; channel < 3; channel++)
                {
                    result[(y * resultSide + x) * 3 + channel] = Math.Clamp(changed[channel] * 255, 0, 255);
                }
            }
        }

        return result;
    }
}
