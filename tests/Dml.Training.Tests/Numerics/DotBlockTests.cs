using Dml.Training.Numerics;

namespace Dml.Training.Tests.Numerics;

public class DotBlockTests
{
    [Theory]
    [InlineData(4, 1, 1)]
    [InlineData(8, 5, 7)]
    [InlineData(16, 12, 8)]
    [InlineData(4, 3, 67)]
    [InlineData(12, 131, 9)]
    public void Gives_the_dot_products_of_a_plain_loop(int queries, int gallery, int dimension)
    {
        const int Seed = 11;
        var random = new Random(Seed);
        var vectors = Enumerable.Range(0, 20 * dimension).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var asked = Enumerable.Range(0, queries * dimension).Select(_ => random.NextSingle() - 0.5f).ToArray();
        int[] rows = [.. Enumerable.Range(0, gallery).Select(_ => random.Next(20))];
        var scores = new float[queries * gallery];

        DotBlock.Multiply(asked, vectors, dimension, rows, scores);

        for (var q = 0; q < queries; q++)
        {
            for (var g = 0; g < gallery; g++)
            {
                var expected = Enumerable.Range(0, dimension).Sum(d => (double)asked[q * dimension + d] * vectors[rows[g] * dimension + d]);
                Assert.Equal(expected, scores[q * gallery + g], 1e-5);
            }
        }
    }

    [Fact]
    public void Equal_vectors_score_equally_wherever_they_stand()
    {
        const int Seed = 12;
        var random = new Random(Seed);
        const int Dimension = 37;
        var vector = Enumerable.Range(0, Dimension).Select(_ => random.NextSingle()).ToArray();
        var query = Enumerable.Range(0, Dimension).Select(_ => random.NextSingle()).ToArray();
        var scores = new float[4 * 5];

        DotBlock.Multiply([.. query, .. query, .. query, .. query], vector, Dimension, [0, 0, 0, 0, 0], scores);

        Assert.Single(scores.Distinct());
    }
}
