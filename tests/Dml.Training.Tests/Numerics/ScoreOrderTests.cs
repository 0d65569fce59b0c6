using Dml.Training.Numerics;

namespace Dml.Training.Tests.Numerics;

public class ScoreOrderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4097)]
    public void Sorts_as_a_stable_sort_of_the_numbers_does(int count)
    {
        const int Seed = 3;
        var random = new Random(Seed);
        float[] special = [0f, -0f, 1f, -1f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1.0000001f];
        var scores = Enumerable
            .Range(0, count)
            .Select(i => i % 3 == 0 ? special[random.Next(special.Length)] : random.NextSingle() * 2 - 1)
            .ToArray();
        var order = new ScoreOrder();

        Assert.Equal(Enumerable.Range(0, count).OrderByDescending(i => scores[i]).ThenBy(i => i), order.Of(scores).ToArray());
        // Again, shorter: what an earlier call left behind must not show.
        Assert.Equal(
            Enumerable.Range(0, count / 2).OrderByDescending(i => scores[i]).ThenBy(i => i),
            order.Of(scores.AsSpan(0, count / 2)).ToArray());
    }
}
