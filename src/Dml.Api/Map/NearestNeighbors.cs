using Dml.Api.Generations;

namespace Dml.Api.Map;

/// <summary>The nearest neighbours of each vector and their cosine distances (1 − cosine), nearest first; both [items, k].</summary>
internal sealed record NearestNeighbors(int K, int[] Others, float[] Distances)
{
    /// <summary>Compares every pair once: exact, and fast enough for the few thousand items of a map.</summary>
    /// <param name="vectors">Unit vectors, [items, dimension].</param>
    /// <param name="dimension">Components of a vector.</param>
    /// <param name="k">Neighbours per vector, less than the number of items.</param>
    /// <param name="report">Receives the completed share of the work, 0 to 1.</param>
    /// <param name="cancel">Stops between two rows.</param>
    public static NearestNeighbors Find(float[] vectors, int dimension, int k, Action<double> report, CancellationToken cancel)
    {
        var count = vectors.Length / dimension;
        var near = new NearestNeighbors(k, new int[count * k], new float[count * k]);
        Array.Fill(near.Distances, float.PositiveInfinity);
        for (var i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var one = vectors.AsSpan(i * dimension, dimension);
            for (var j = i + 1; j < count; j++)
            {
                // Rounding can make the distance between copies of a picture negative.
                var distance = Math.Max(0, 1 - DotProduct.Of(one, vectors.AsSpan(j * dimension, dimension)));
                near.Offer(i, j, distance);
                near.Offer(j, i, distance);
            }
            // Row i is compared only with the rows after it.
            report(1 - Math.Pow(1 - ((i + 1) / (double)count), 2));
        }

        return near;
    }

    // Others are offered in ascending order, so equal distances keep the order of the items.
    private void Offer(int item, int other, float distance)
    {
        var others = Others.AsSpan(item * K, K);
        var distances = Distances.AsSpan(item * K, K);
        var place = K;
        while (place > 0 && distance < distances[place - 1])
        {
            place--;
        }

        if (place == K)
        {
            return;
        }

        distances[place..^1].CopyTo(distances[(place + 1)..]);
        others[place..^1].CopyTo(others[(place + 1)..]);
        distances[place] = distance;
        others[place] = other;
    }
}
