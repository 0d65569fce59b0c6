using Dml.Training.Data;
using Dml.Training.Network;
using Dml.Training.Numerics;

namespace Dml.Training.Evaluation;

/// <summary>Measures an embedder on pictures of known classes.</summary>
public static class HeldOutEvaluation
{
    private const int Seed = 1;
    private const int RowsAtOnce = 4096;

    /// <summary>Embeds every picture.</summary>
    /// <returns>Unit vectors, [pictures, dimension].</returns>
    /// <exception cref="ArgumentException">The pictures have another side than the embedder takes.</exception>
    public static float[] Embed(
        IPictureEmbedder embedder, PixelCache pictures, int batchSize, IProgress<int>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(pictures);
        if (pictures.Side != embedder.InputSize)
        {
            throw new ArgumentException(
                $"The embedder takes pictures of side {embedder.InputSize}; these were decoded to {pictures.Side}.", nameof(pictures));
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

            embedder.Embed(
                rgb.AsSpan(0, count * pictureBytes), count, vectors.AsSpan(first * embedder.Dimension, count * embedder.Dimension));
            progress?.Report(first + count);
        }

        return vectors;
    }

    /// <summary>Embeds every picture whose feature is known: only the head computes.</summary>
    /// <returns>Unit vectors where the head gives them, [features, dimension].</returns>
    public static float[] Project(EmbeddingNetwork network, FeatureTable features, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(features);
        var vectors = new float[features.Count * network.Dimension];
        for (var first = 0; first < features.Count; first += RowsAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(RowsAtOnce, features.Count - first);
            network.EmbedFeatures(features.Rows(first, count).ToArray()).CopyTo(vectors, first * network.Dimension);
        }

        return vectors;
    }

    /// <summary>
    /// Retrieval figures of embedded pictures, with NMI and F1 of k-means clusters, as many as classes, where every picture is a query
    /// against all others and has one label.
    /// </summary>
    /// <param name="vectors">Unit vectors, [protocol.Pictures, dimension].</param>
    /// <param name="protocol">Which pictures are queries, which form the gallery, and what is relevant.</param>
    /// <param name="figures">Names of <see cref="FigureCatalogue"/>.</param>
    /// <param name="clusterStarts">Starts of k-means; 0 leaves NMI and F1 out.</param>
    /// <param name="resamples">Resamples of the confidence intervals; 0 leaves them out.</param>
    /// <param name="mean">What the figures are the mean of.</param>
    /// <param name="reranking">
    /// Ranks by neighbourhoods in place of distances; null: by distances. Clusters are of the vectors either way.
    /// </param>
    /// <param name="cancel">Stops.</param>
    public static EvaluationFigures Measure(
        float[] vectors, RetrievalProtocol protocol, IReadOnlyList<string> figures, int clusterStarts = 0, int resamples = 0,
        MeanOver mean = MeanOver.Queries, RerankingOptions? reranking = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(protocol);
        ArgumentNullException.ThrowIfNull(figures);
        var values = Retrieval.Measure(vectors, protocol, [.. figures.Select(RetrievalFigure.Of)], reranking, cancel);
        var weights = values.Weights(mean);
        var intervals = resamples > 0 ? Bootstrap.Intervals(values.Values, weights, resamples, Seed, cancel) : null;
        List<Figure> measured =
        [
            .. figures.Select((name, f) => new Figure(name, values.Values.Select((row, q) => weights[q] * row[f]).Sum(), intervals?[f])),
        ];
        int[] classes = [.. Enumerable.Range(0, protocol.Pictures).Select(protocol.ClassOf)];
        var classCount = classes.Distinct().Count();
        if (clusterStarts > 0 && protocol.IsSelfRetrieval && !protocol.IsMultiLabel)
        {
            var clusters = KMeans.Cluster(vectors, vectors.Length / classes.Length, classCount, Seed, clusterStarts, cancel: cancel);
            measured.Add(new(Clustering.NmiName, Clustering.Nmi(classes, clusters)));
            measured.Add(new(Clustering.PairF1Name, Clustering.PairF1(classes, clusters)));
        }

        return new(measured, protocol.Description, classes.Length, classCount, values);
    }
}
