using System.Diagnostics;
using Dml.Embedding;
using Dml.Index;

namespace Dml.Benchmarks;

/// <summary>The yardstick: decode, embed and search on plain threads, nothing between them.</summary>
internal sealed class BareLoop(Embedder embedder, HnswIndex index)
{
    private const int Hits = 10;
    private const long MaxPixels = 50_000_000;

    /// <summary>Pictures a second.</summary>
    public double Run(byte[][] pictures, int threads, TimeSpan duration)
    {
        long done = 0;
        var next = -1;
        var watch = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            var preprocessing = embedder.Manifest.Preprocessing;
            var rgb = new byte[preprocessing.PixelBytes];
            var chw = new float[preprocessing.PixelBytes];
            var vector = new float[embedder.Dimension];
            var neighbors = new Neighbor[Hits];
            while (watch.Elapsed < duration)
            {
                var picture = pictures[(uint)Interlocked.Increment(ref next) % pictures.Length];
                if (!PictureDecoder.TryDecode(picture, preprocessing, MaxPixels, rgb, out var error))
                {
                    throw new InvalidOperationException(error.Message);
                }
                preprocessing.Normalize(rgb, chw);
                embedder.EmbedPixels(chw, 1, vector);
                index.Search(vector, neighbors);
                Interlocked.Increment(ref done);
            }
        })).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return done / watch.Elapsed.TotalSeconds;
    }
}
