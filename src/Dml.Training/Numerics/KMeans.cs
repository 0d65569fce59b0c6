using System.Numerics.Tensors;

namespace Dml.Training.Numerics;

/// <summary>
/// Lloyd's k-means with k-means++ starts (Arthur and Vassilvitskii, SODA 2007): the best of several seeded starts by the sum of squared
/// distances.
/// </summary>
public static class KMeans
{
    private const int RowsPerBlock = 16;

    /// <summary>Assigns every row to one of <paramref name="k"/> clusters.</summary>
    /// <param name="vectors">[rows, dimension].</param>
    /// <param name="dimension">Length of a row.</param>
    /// <param name="k">Clusters, from 1 to the number of rows.</param>
    /// <param name="seed">Same seed, same clusters, whatever the number of cores.</param>
    /// <param name="starts">How many starts to take the best of.</param>
    /// <param name="iterations">Most Lloyd steps per start; it stops earlier when nothing moves.</param>
    /// <param name="cancel">Stops between steps.</param>
    /// <returns>A cluster in [0, k) per row.</returns>
    public static int[] Cluster(
        float[] vectors, int dimension, int k, int seed, int starts = 3, int iterations = 20, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        var rows = vectors.Length / dimension;
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, rows);
        var squares = new float[rows];
        for (var row = 0; row < rows; row++)
        {
            squares[row] = TensorPrimitives.SumOfSquares(vectors.AsSpan(row * dimension, dimension));
        }

        int[] best = [];
        var bestCost = double.PositiveInfinity;
        for (var start = 0; start < starts; start++)
        {
            var centres = PlusPlus(vectors, squares, dimension, k, new Random(Seeds.Mix(seed, start)), cancel);
            var (clusters, cost) = Lloyd(vectors, squares, dimension, centres, iterations, cancel);
            if (cost < bestCost)
            {
                (best, bestCost) = (clusters, cost);
            }
        }

        return best;
    }

    private static float[] PlusPlus(float[] vectors, float[] squares, int dimension, int k, Random random, CancellationToken cancel)
    {
        var rows = squares.Length;
        var centres = new float[k * dimension];
        var nearest = new double[rows];
        Array.Fill(nearest, double.PositiveInfinity);
        var chosen = random.Next(rows);
        for (var c = 0; c < k; c++)
        {
            cancel.ThrowIfCancellationRequested();
            var centre = vectors.AsSpan(chosen * dimension, dimension);
            centre.CopyTo(centres.AsSpan(c * dimension));
            var total = 0.0;
            for (var row = 0; row < rows; row++)
            {
                var product = TensorPrimitives.Dot(centre, vectors.AsSpan(row * dimension, dimension));
                var distance = squares[row] + squares[chosen] - 2 * product;
                nearest[row] = Math.Min(nearest[row], Math.Max(0, distance));
                total += nearest[row];
            }

            chosen = total > 0 ? Draw(nearest, random.NextDouble() * total) : random.Next(rows);
        }

        return centres;
    }

    private static int Draw(double[] weights, double target)
    {
        for (var i = 0; i < weights.Length; i++)
        {
            target -= weights[i];
            if (target < 0)
            {
                return i;
            }
        }

        return Array.FindLastIndex(weights, w => w > 0);
    }

    private static (int[] Clusters, double Cost) Lloyd(
        float[] vectors, float[] squares, int dimension, float[] centres, int iterations, CancellationToken cancel)
    {
        var rows = squares.Length;
        var k = centres.Length / dimension;
        var clusters = new int[rows];
        var distances = new double[rows];
        var centreSquares = new float[k];
        Array.Fill(clusters, -1);
        for (var iteration = 0; iteration <= iterations; iteration++)
        {
            cancel.ThrowIfCancellationRequested();
            for (var c = 0; c < k; c++)
            {
                centreSquares[c] = TensorPrimitives.SumOfSquares(centres.AsSpan(c * dimension, dimension));
            }

            var moved = Assign(vectors, squares, dimension, centres, centreSquares, clusters, distances);
            if (moved == 0 || iteration == iterations)
            {
                break;
            }

            MoveCentres(vectors, dimension, clusters, distances, centres);
        }

        return (clusters, distances.Sum());
    }

    // Every row to its nearest centre; equally near ones to the first. Returns how many rows changed theirs.
    private static int Assign(
        float[] vectors, float[] squares, int dimension, float[] centres, float[] centreSquares, int[] clusters, double[] distances)
    {
        var moved = 0;
        int[] all = [.. Enumerable.Range(0, centreSquares.Length)];
        var blocks = (squares.Length + RowsPerBlock - 1) / RowsPerBlock;
        (float[] Rows, float[] Products) Workspace() => (new float[RowsPerBlock * dimension], new float[RowsPerBlock * all.Length]);
        Parallel.For(0, blocks, Workspace, (block, _, workspace) =>
        {
            var first = block * RowsPerBlock;
            var count = Math.Min(RowsPerBlock, squares.Length - first);
            vectors.AsSpan(first * dimension, count * dimension).CopyTo(workspace.Rows);
            DotBlock.Multiply(workspace.Rows, centres, dimension, all, workspace.Products);
            for (var r = 0; r < count; r++)
            {
                var (best, bestDistance) = Nearest(workspace.Products.AsSpan(r * all.Length, all.Length), centreSquares);
                if (clusters[first + r] != best)
                {
                    clusters[first + r] = best;
                    Interlocked.Increment(ref moved);
                }

                distances[first + r] = Math.Max(0, bestDistance + squares[first + r]);
            }

            return workspace;
        }, _ => { });
        return moved;
    }

    private static (int Centre, float Distance) Nearest(ReadOnlySpan<float> products, ReadOnlySpan<float> centreSquares)
    {
        var (best, bestDistance) = (0, float.PositiveInfinity);
        for (var c = 0; c < products.Length; c++)
        {
            var distance = centreSquares[c] - 2 * products[c];
            if (distance < bestDistance)
            {
                (best, bestDistance) = (c, distance);
            }
        }

        return (best, bestDistance);
    }

    private static void MoveCentres(float[] vectors, int dimension, int[] clusters, double[] distances, float[] centres)
    {
        var k = centres.Length / dimension;
        var sizes = new int[k];
        var sums = new double[centres.Length];
        for (var row = 0; row < clusters.Length; row++)
        {
            sizes[clusters[row]]++;
            for (var d = 0; d < dimension; d++)
            {
                sums[clusters[row] * dimension + d] += vectors[row * dimension + d];
            }
        }

        for (var c = 0; c < k; c++)
        {
            if (sizes[c] == 0)
            {
                // An empty cluster starts again at the row that fits its own cluster worst.
                var worst = Array.IndexOf(distances, distances.Max());
                distances[worst] = 0;
                vectors.AsSpan(worst * dimension, dimension).CopyTo(centres.AsSpan(c * dimension));
                continue;
            }

            for (var d = 0; d < dimension; d++)
            {
                centres[c * dimension + d] = (float)(sums[c * dimension + d] / sizes[c]);
            }
        }
    }
}
