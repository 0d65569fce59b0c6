using System.Diagnostics;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Export;
using Dml.Training.Network;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Dml.Benchmarks;

/// <summary>
/// Every backbone with random weights at its published size, exported in both precisions: the difference of ONNX Runtime from the network,
/// and milliseconds per picture on one core in interleaved pairs.
/// </summary>
internal static class BackboneBenchmark
{
    public static Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var names = options.Text("names", string.Join(',', BackboneCatalogue.All.Select(b => b.Name))).Split(',');
        var (head, rounds) = (options.Text("head", "linear"), options.Number("rounds", 7));
        set_num_threads(1);
        Console.WriteLine("backbone               parity    float ms    int8 ms   ratio");
        foreach (var name in names)
        {
            Measure(name, head, rounds, cancel);
        }

        return Task.CompletedTask;
    }

    private static void Measure(string name, string head, int rounds, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("dml-");
        try
        {
            using var scope = NewDisposeScope();
            var network = EmbeddingNetwork.Create(new MethodChoice(name), new MethodChoice(head), seed: 1);
            network.SetTraining(false);
            var side = network.Preprocessing.InputSize;
            var pixels = Enumerable.Range(0, 3 * side * side).Select(i => MathF.Sin(i)).ToArray();
            string[] files = [Path.Combine(folder.FullName, "float.onnx"), Path.Combine(folder.FullName, "int8.onnx")];
            OnnxExporter.Export(network, files[0]);
            OnnxExporter.ExportInt8(network, files[1], [pixels]);
            var parity = OnnxParity.Check(network, files[0]).Largest;
            using var single = Open(files[0]);
            using var int8 = Open(files[1]);
            var (floats, bytes) = (new List<double>(), new List<double>());
            for (var round = 0; round < rounds; round++)
            {
                cancel.ThrowIfCancellationRequested();
                floats.Add(Milliseconds(single, pixels, side));
                bytes.Add(Milliseconds(int8, pixels, side));
            }

            var ratio = Median.Of(floats.Zip(bytes, (a, b) => a / b));
            Console.WriteLine($"{name,-22} {parity:E1} {Median.Of(floats),9:F1} {Median.Of(bytes),10:F1} {ratio,7:F2}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static InferenceSession Open(string path)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        return new InferenceSession(path, options);
    }

    private static double Milliseconds(InferenceSession session, float[] pixels, int side)
    {
        const int Pictures = 4;
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, side, side]);
        using var run = new RunOptions();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Pictures; i++)
        {
            using var result = session.Run(run, [OnnxExporter.InputName], [input], [OnnxExporter.OutputName]);
        }

        return clock.Elapsed.TotalMilliseconds / Pictures;
    }
}
