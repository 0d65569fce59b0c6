using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Benchmarks;

/// <summary>Time and memory of all figures for every picture of Fashion-MNIST's training set against all others, by their pixels.</summary>
internal static class RetrievalBenchmark
{
    public static Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var folder = options.Text("folder", "/usr/share/datasets/fashion-mnist");
        var (rows, resamples) = (options.Number("rows", 60_000), options.Number("resamples", 1_000));
        if (!Directory.Exists(folder))
        {
            throw new ArgumentException(
                $"There is no {folder}; install Debian's package dataset-fashion-mnist, or name another folder with --folder.");
        }

        var (vectors, labels) = Read(folder, rows);
        var dimension = vectors.Length / labels.Length;
        var protocol = RetrievalProtocol.Of([.. labels.Select((label, i) => new LabelledPicture($"{i}", $"{label}", () => []))]);

        var clock = Stopwatch.StartNew();
        var figures = HeldOutEvaluation.Measure(vectors, protocol, [.. FigureCatalogue.Always, "P@100"],
            clusterStarts: 0, resamples, cancel: cancel);
        var seconds = clock.Elapsed.TotalSeconds;

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{labels.Length} queries against {labels.Length - 1} answers each, {dimension} dimensions, exact, "
            + $"{Environment.ProcessorCount} cores"));
        foreach (var figure in figures.Figures)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {figure.Name,-12} {figure.Value:F4}  [{figure.Interval?.Low:F4}, {figure.Interval?.High:F4}]"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"time         {seconds:F1} s"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"peak memory  {PeakMiB():F0} MiB "
            + $"(the whole matrix of distances would be {4.0 * labels.Length * labels.Length / (1 << 20):F0} MiB)"));
        return Task.CompletedTask;
    }

    private static (float[] Vectors, int[] Labels) Read(string folder, int rows)
    {
        var pixels = IdxFile.Read(File.ReadAllBytes(Path.Combine(folder, "train-images-idx3-ubyte.gz")));
        var labels = IdxFile.Read(File.ReadAllBytes(Path.Combine(folder, "train-labels-idx1-ubyte.gz"))).ToNumbers();
        rows = Math.Min(rows, labels.Length);
        var dimension = pixels.Dimensions[1] * pixels.Dimensions[2];
        var vectors = new float[rows * dimension];
        TensorPrimitives.ConvertTruncating<byte, float>(pixels.Data.Span[..vectors.Length], vectors);
        for (var row = 0; row < rows; row++)
        {
            var vector = vectors.AsSpan(row * dimension, dimension);
            TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
        }

        return (vectors, labels[..rows]);
    }

    private static double PeakMiB()
        => double.Parse(File.ReadLines("/proc/self/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
