using Dml.Embedding;

namespace Dml.Training.Evaluation;

/// <summary>An exported embedder, run by ONNX Runtime exactly as the service runs it, on all cores.</summary>
/// <param name="embedder">Stays with the caller.</param>
internal sealed class OnnxEmbedder(Embedder embedder) : IPictureEmbedder
{
    public int InputSize => embedder.Manifest.Preprocessing.InputSize;

    public int Dimension => embedder.Dimension;

    public void Embed(ReadOnlySpan<byte> rgb, int count, Span<float> vectors)
    {
        var preprocessing = embedder.Manifest.Preprocessing;
        var pictures = rgb.ToArray();
        var results = new float[count * Dimension];
        Parallel.For(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => new float[preprocessing.PixelBytes],
            (i, _, chw) =>
            {
                preprocessing.Normalize(pictures.AsSpan(i * preprocessing.PixelBytes, preprocessing.PixelBytes), chw);
                embedder.EmbedPixels(chw, 1, results.AsSpan(i * Dimension, Dimension));
                return chw;
            },
            _ => { }
        );
        results.CopyTo(vectors);
    }
}
