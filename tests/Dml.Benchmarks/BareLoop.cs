using System.Diagnostics;
using Dml.Benchmarks.Ann;
using Dml.Benchmarks.Load;
using Dml.Embedding;
using Dml.Index;

namespace Dml.Benchmarks;

/// <summary>The yardstick: decode, embed and search on plain threads, with nothing in between.</summary>
internal sealed class BareLoop(Embedder embedder, HnswIndex index)
{
    private const int Hits = 10;
    private const long MaxPixels = 50_000_000;

    /// <summary>Searches with pictures in turn for the given time.</summary>
    public BareRound Run(byte[][] pictures, int threads, TimeSpan duration)
    {
        var watch = Stopwatch.StartNew();
        var next = -1;
        return Measure(threads, workspace =>
        {
            var neighbors = new Neighbor[Hits];
            var times = new List<SearchTime>(1024);
            while (watch.Elapsed < duration)
            {
                var begin = Stopwatch.GetTimestamp();
                var (decode, embed) = workspace.Embed(pictures[(uint)Interlocked.Increment(ref next) % pictures.Length]);
                var searching = Stopwatch.GetTimestamp();
                index.Search(workspace.Vector, neighbors);
                var search = Stopwatch.GetElapsedTime(searching).TotalMilliseconds;
                times.Add(new SearchTime(Stopwatch.GetElapsedTime(begin).TotalMilliseconds, decode, embed, search));
            }

            return times;
        });
    }

    /// <summary>Decodes and embeds every picture once.</summary>
    public (BareRound Round, float[][] Vectors) Embed(byte[][] pictures, int threads)
    {
        var vectors = new float[pictures.Length][];
        var next = -1;
        var round = Measure(threads, workspace =>
        {
            var times = new List<SearchTime>(1024);
            for (int i; (i = Interlocked.Increment(ref next)) < pictures.Length;)
            {
                var (decode, embed) = workspace.Embed(pictures[i]);
                vectors[i] = [.. workspace.Vector];
                times.Add(new SearchTime(decode + embed, decode, embed, 0));
            }

            return times;
        });
        return (round, vectors);
    }

    private BareRound Measure(int threads, Func<Workspace, List<SearchTime>> run)
    {
        var times = new List<SearchTime>[threads];
        var cpu = CpuClock.ProcessSeconds;
        var watch = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, threads).Select(i => new Thread(() => times[i] = run(new Workspace(embedder)))).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return new BareRound([.. times.SelectMany(list => list)], watch.Elapsed.TotalSeconds, CpuClock.ProcessSeconds - cpu);
    }

    private sealed class Workspace(Embedder embedder)
    {
        private readonly byte[] _rgb = new byte[embedder.Manifest.Preprocessing.PixelBytes];
        private readonly float[] _chw = new float[embedder.Manifest.Preprocessing.PixelBytes];

        public float[] Vector { get; } = new float[embedder.Dimension];

        public (double DecodeMs, double EmbedMs) Embed(byte[] picture)
        {
            var preprocessing = embedder.Manifest.Preprocessing;
            var begin = Stopwatch.GetTimestamp();
            if (!PictureDecoder.TryDecode(picture, preprocessing, MaxPixels, _rgb, out var error))
            {
                throw new InvalidOperationException(error.Message);
            }

            preprocessing.Normalize(_rgb, _chw);
            var middle = Stopwatch.GetTimestamp();
            embedder.EmbedPixels(_chw, 1, Vector);
            return (Stopwatch.GetElapsedTime(begin, middle).TotalMilliseconds, Stopwatch.GetElapsedTime(middle).TotalMilliseconds);
        }
    }
}
