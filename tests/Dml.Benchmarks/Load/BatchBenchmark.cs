using System.Diagnostics;
using Dml.Benchmarks.Ann;
using Dml.Embedding;
using Dml.Tests.Shared;
using Microsoft.ML.OnnxRuntime;

namespace Dml.Benchmarks.Load;

/// <summary>
/// Whether batches win: the network alone on noise, as one run at a time with all cores inside it, and as runs side by
/// side with one core each, for several numbers of pictures a run. What wins stands in <c>BatchShape</c>.
/// </summary>
internal static class BatchBenchmark
{
    public static Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var model = options.Text("model", "emoji");
        var batches = options.Numbers("batches", "1,2,4,8,16,32");
        var milliseconds = options.Number("milliseconds", 500);
        var rounds = options.Number("rounds", 5);
        options.RefuseOthers();

        var folder = Path.Combine(Repository.Models, model);
        var manifest = EmbedderManifest.Load(folder);
        var cores = Environment.ProcessorCount;
        var shapes = new[] { (Runs: cores, Cores: 1), (Runs: 1, Cores: cores) }.SelectMany(shape => batches.Select(batch => (shape.Runs, shape.Cores, Batch: batch))).ToList();
        var sessions = new[] { 1, cores }.Distinct().ToDictionary(count => count, count =>
        {
            using var session = new SessionOptions { IntraOpNumThreads = count, InterOpNumThreads = 1 };
            // Threads that spin on after a run would run on the next shape's account.
            session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            return new InferenceSession(Path.Combine(folder, EmbedderManifest.NetworkFileName), session);
        });
        var rates = shapes.ToDictionary(shape => shape, _ => new List<(double Wall, double Cpu)>());
        // The first round warms up.
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var shape in shapes)
            {
                cancel.ThrowIfCancellationRequested();
                var rate = Measure(sessions[shape.Cores], manifest, shape.Runs, shape.Batch, TimeSpan.FromMilliseconds(milliseconds));
                if (round > 0)
                {
                    rates[shape].Add(rate);
                }
            }
        }

        Console.WriteLine($"{manifest.Name} at {manifest.Preprocessing.InputSize} px, {cores} cores, medians of {rounds} rounds; milliseconds from a batch's beginning to its end");
        foreach (var (shape, figures) in rates)
        {
            var rate = Median.Of(figures.Select(figure => figure.Wall));
            Console.WriteLine($"{shape.Runs} run(s) of {shape.Batch,2} pictures on {shape.Cores} core(s) each   {rate,7:F0} pictures/s   {1e3 * shape.Runs * shape.Batch / rate,7:F1} ms   {Median.Of(figures.Select(figure => figure.Cpu)):F2} ms of CPU a picture");
        }

        foreach (var session in sessions.Values)
        {
            session.Dispose();
        }

        return Task.CompletedTask;
    }

    private static (double Wall, double Cpu) Measure(InferenceSession session, EmbedderManifest manifest, int runs, int batch, TimeSpan duration)
    {
        long done = 0;
        var (cpu, watch) = (0.0, new Stopwatch());
        using var ready = new Barrier(runs, _ =>
        {
            cpu = CpuClock.ProcessSeconds;
            watch.Start();
        });
        var threads = Enumerable.Range(0, runs).Select(seed => new Thread(() =>
        {
            var side = manifest.Preprocessing.InputSize;
            var random = new Random(seed);
            var pixels = new float[batch * manifest.Preprocessing.PixelBytes];
            for (var i = 0; i < pixels.Length; i++)
            {
                pixels[i] = (float)((2 * random.NextDouble()) - 1);
            }

            using var input = OrtValue.CreateTensorValueFromMemory(pixels, [batch, 3, side, side]);
            using var output = OrtValue.CreateTensorValueFromMemory(new float[batch * manifest.Dimension], [batch, manifest.Dimension]);
            using var run = new RunOptions();
            session.Run(run, ["pixels"], [input], ["embedding"], [output]);
            ready.SignalAndWait();
            while (watch.Elapsed < duration)
            {
                session.Run(run, ["pixels"], [input], ["embedding"], [output]);
                Interlocked.Add(ref done, batch);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return (done / watch.Elapsed.TotalSeconds, 1e3 * (CpuClock.ProcessSeconds - cpu) / done);
    }
}
