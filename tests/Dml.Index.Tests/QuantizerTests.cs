using Dml.Index.Kernels;

namespace Dml.Index.Tests;

public class QuantizerTests
{
    private const int Longest = 2048;

    [Fact]
    public void Surveys_as_a_plain_loop_does_at_every_length()
    {
        var random = new Random(73);
        for (var length = 1; length <= Longest; length++)
        {
            var vector = Vector(random, length);
            var sum = vector.Sum(x => (double)x);
            var squares = vector.Sum(x => (double)x * x);
            (var least, var most, var actualSum, var actualSquares) = Quantizer.Survey(vector);
            Assert.Equal((vector.Min(), vector.Max()), (least, most));
            Assert.Equal(sum, actualSum, 1e-6 * (1 + vector.Sum(Math.Abs)));
            Assert.Equal(squares, actualSquares, 1e-6 * (1 + squares));
        }
    }

    [Fact]
    public void Rounds_every_component_at_every_length()
    {
        var random = new Random(74);
        for (var length = 1; length <= Longest; length++)
        {
            var vector = Vector(random, length);
            var unsigned = new byte[length];
            var signed = new byte[length];
            Quantizer.Round(vector, offset: -10, steps: 12.75f, unsigned);
            Quantizer.Round(vector, offset: 0, steps: 12.7f, signed);
            for (var i = 0; i < length; i++)
            {
                Assert.Equal((int)MathF.Round((vector[i] + 10) * 12.75f), unsigned[i]);
                Assert.Equal((int)MathF.Round(vector[i] * 12.7f), (sbyte)signed[i]);
            }
        }
    }

    [Fact]
    public void Rounds_halves_to_even_and_reaches_both_ends()
    {
        float[] values = [-128, -2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 254.5f, 255];
        float[] vector = [.. Enumerable.Repeat(values, 9).SelectMany(all => all)];
        var numbers = new byte[vector.Length];
        Quantizer.Round(vector, 0, 1, numbers);
        for (var i = 0; i < vector.Length; i += 9)
        {
            Assert.Equal([128, 254, 254, 0, 0, 2, 2, 254, 255], numbers[i..(i + 9)]);
        }
    }

    [Fact]
    public void Centres_every_number_at_every_length()
    {
        var random = new Random(75);
        for (var length = 0; length <= Longest; length++)
        {
            var numbers = new byte[length];
            random.NextBytes(numbers);
            byte[] centred = [.. numbers];
            Quantizer.Centre(centred);
            for (var i = 0; i < length; i++)
            {
                Assert.Equal(numbers[i] - 128, (sbyte)centred[i]);
            }
        }
    }

    private static float[] Vector(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 20) - 10)];
}
