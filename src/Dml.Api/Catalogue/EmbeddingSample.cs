namespace Dml.Api.Catalogue;

/// <summary>Some of the vectors that an embedder has made, drawn evenly.</summary>
/// <param name="Embeddings">The sample, in no order.</param>
/// <param name="Seen">How many there are in all.</param>
internal sealed record EmbeddingSample(List<StoredEmbedding> Embeddings, int Seen)
{
    private const int Seed = 1;

    /// <summary>Reservoir sampling (Vitter 1985, algorithm R): every item has the same chance, and only the sample is kept. The same catalogue gives the same sample.</summary>
    public static async Task<EmbeddingSample> TakeAsync(ICatalogue catalogue, string fingerprint, int count, CancellationToken cancel)
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
