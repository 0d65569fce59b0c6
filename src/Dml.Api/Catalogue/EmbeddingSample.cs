namespace Dml.Api.Catalogue;

/// <summary>An even sample of the vectors of an embedder.</summary>
/// <param name="Embeddings">The sample, in no particular order.</param>
/// <param name="Seen">The total number of vectors.</param>
internal sealed record EmbeddingSample(List<StoredEmbedding> Embeddings, int Seen)
{
    private const int Seed = 1;

    /// <summary>
    /// Reservoir sampling (Vitter 1985, algorithm R): every item has the same probability, and only the sample is held in
    /// memory. The same catalogue yields the same sample.
    /// </summary>
    public static async Task<EmbeddingSample> TakeAsync(SqliteCatalogue catalogue, string fingerprint, int count, CancellationToken cancel)
    {
        var random = new Random(Seed);
        var sample = new List<StoredEmbedding>();
        var seen = 0;
        await foreach (var embedding in catalogue.EmbeddingsAsync(fingerprint, after: 0, cancel))
        {
            if (sample.Count < count)
            {
                sample.Add(embedding);
            }
            else if (random.Next(seen + 1) is var place && place < count)
            {
                sample[place] = embedding;
            }

            seen++;
        }

        return new EmbeddingSample(sample, seen);
    }
}
