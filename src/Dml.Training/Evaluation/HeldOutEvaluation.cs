using Dml.Training.Data;

namespace Dml.Training.Evaluation;

/// <summary>Measures an embedder on pictures of known classes.</summary>
public static class HeldOutEvaluation
{
    private const int ClusterSeed = 1;

    /// <summary>Embeds every picture.</summary>
    /// <returns>Unit vectors, [pictures, dimension].</returns>
    /// <exception cref="ArgumentException">The pictures have another side than the embedder takes.</exception>
    public static float[] Embed(IPictureEmbedder embedder, PixelCache pictures, int batchSize, IProgress<int>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(pictures);
        if (pictures.Side != embedder.InputSize)
        {
            throw new ArgumentException($"The embedder takes pictures of side {embedder.InputSize}; these were decoded to {pictures.Side}.", nameof(pictures));
        }
        var pictureBytes = pictures.Side * pictures.Side * 3;
        var rgb = new byte[batchSize * pictureBytes];
        var vectors = new float[pictures.Count * embedder.Dimension];
        for (var first = 0; first < pictures.Count; first += batchSize)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(batchSize, pictures.Count - first);
            for (var i = 0; i < count; i++)
            {
                pictures.Read(first + i, rgb.AsSpan(i * pictureBytes, pictureBytes));
            }
            embedder.Embed(rgb.AsSpan(0, count * pictureBytes), count, vectors.AsSpan(first * embedder.Dimension, count * embedder.Dimension));
            progress?.Report(first + count);
        }
        return vectors;
    }

    /// <summary>Retrieval and clustering figures of embedded pictures.</summary>
    /// <param name="vectors">Unit vectors, [labels, dimension].</param>
    /// <param name="labels">Dense class numbers.</param>
    /// <param name="clusterStarts">Starts of k-means; 0 leaves NMI and F1 out.</param>
    /// <param name="cancel">Stops.</param>
    public static EvaluationFigures Measure(float[] vectors, IReadOnlyList<int> labels, int clusterStarts, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(labels);
        var classes = labels.Distinct().Count();
        var retrieval = Retrieval.Measure(vectors, labels, cancel: cancel);
        if (clusterStarts == 0)
        {
            return new(retrieval, null, null, labels.Count, classes);
        }
        var clusters = KMeans.Cluster(vectors, vectors.Length / labels.Count, classes, ClusterSeed, clusterStarts, cancel: cancel);
        return new(retrieval, Clustering.Nmi(labels, clusters), Clustering.PairF1(labels, clusters), labels.Count, classes);
    }
}
