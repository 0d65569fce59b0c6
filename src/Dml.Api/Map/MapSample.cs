using Dml.Api.Catalogue;
using Dml.Api.Generations;

namespace Dml.Api.Map;

/// <summary>Keys and vectors, [keys, dimension], of all or a sample of a generation's items.</summary>
internal sealed record MapSample(long[] Keys, float[] Vectors, long Items)
{
    /// <summary>More could not be told apart on a screen, and the work grows with the square.</summary>
    public const int MostItems = 4000;

    public static async Task<MapSample> TakeAsync(SqliteCatalogue catalogue, Generation generation, CancellationToken cancel)
    {
        var (sample, seen) = await EmbeddingSample.TakeAsync(catalogue, generation.Fingerprint, MostItems, cancel);
        sample.Sort((a, b) => a.Key.CompareTo(b.Key));
        var vectors = new float[sample.Count * generation.Dimension];
        for (var i = 0; i < sample.Count; i++)
        {
            sample[i].Vector.CopyTo(vectors, i * generation.Dimension);
        }

        return new MapSample([.. sample.Select(embedding => embedding.Key)], vectors, seen);
    }
}
