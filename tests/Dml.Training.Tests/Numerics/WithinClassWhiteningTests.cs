using Dml.Training.Numerics;

namespace Dml.Training.Tests.Numerics;

public class WithinClassWhiteningTests
{
    private const int Dimension = 6;

    private static (float[] Vectors, int[] Labels) Draw(int seed)
    {
        // Classes of different size that lie apart in the first direction and scatter most in the last.
        var random = new Random(seed);
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => i < 20 ? 0 : i < 32 ? 1 : i < 39 ? 2 : 3)];
        var vectors = labels.SelectMany(label => Enumerable.Range(0, Dimension).Select(column =>
            (float)(((random.NextDouble() - 0.5) * (column + 1)) + (column == 0 ? label : 0)))).ToArray();
        return (vectors, labels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_square_of_its_inverse_is_the_shrunk_covariance_within_classes(int seed)
    {
        var (vectors, labels) = Draw(seed);
        var map = WithinClassWhitening.Fit(vectors, Dimension, labels);

        var shrunk = Covariance(vectors, labels);
        var mean = Enumerable.Range(0, Dimension).Average(i => shrunk[i, i]);
        for (var i = 0; i < Dimension; i++)
        {
            for (var j = 0; j < Dimension; j++)
            {
                shrunk[i, j] = (shrunk[i, j] / mean) + (i == j ? 1 : 0);
            }
        }

        // M (C / t + I) M is a multiple of the identity, M is symmetric, and its mean eigenvalue, its trace over the dimension, is 1.
        double At(int i, int j) => map[(i * Dimension) + j];
        double Product(int i, int j) => Enumerable.Range(0, Dimension)
            .Sum(k => Enumerable.Range(0, Dimension).Sum(l => At(i, k) * shrunk[k, l] * At(l, j)));
        Assert.Equal(1, Enumerable.Range(0, Dimension).Average(i => At(i, i)), 1e-5);
        for (var i = 0; i < Dimension; i++)
        {
            for (var j = 0; j < Dimension; j++)
            {
                Assert.Equal(At(j, i), At(i, j), 1e-5);
                Assert.Equal(i == j ? Product(0, 0) : 0, Product(i, j), 1e-4);
            }
        }

        Assert.True(At(5, 5) < At(0, 0) / 1.5, "the direction in which classes scatter counts less");
    }

    [Fact]
    public void Without_two_different_vectors_of_a_class_there_is_nothing_to_even_out()
    {
        float[] identity = [1, 0, 0, 1];
        Assert.Equal(identity, WithinClassWhitening.Fit([1, 2, 3, 4, 5, 6], 2, [0, 1, 2]));
        Assert.Equal(identity, WithinClassWhitening.Fit([1, 2, 1, 2, 5, 6], 2, [0, 0, 3]));
    }

    // By its definition, in double precision.
    private static double[,] Covariance(float[] vectors, int[] labels)
    {
        var covariance = new double[Dimension, Dimension];
        foreach (var label in labels.Distinct())
        {
            int[] members = [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == label)];
            var mean = new double[Dimension];
            for (var column = 0; column < Dimension; column++)
            {
                mean[column] = members.Average(i => (double)vectors[(i * Dimension) + column]);
            }

            foreach (var i in members)
            {
                for (var row = 0; row < Dimension; row++)
                {
                    for (var column = 0; column < Dimension; column++)
                    {
                        covariance[row, column] += (vectors[(i * Dimension) + row] - mean[row])
                            * (vectors[(i * Dimension) + column] - mean[column]) / labels.Length;
                    }
                }
            }
        }

        return covariance;
    }
}
