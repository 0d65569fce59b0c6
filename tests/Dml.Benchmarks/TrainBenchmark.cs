using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Losses;
using Dml.Training.Trainer;

namespace Dml.Benchmarks;

/// <summary>Training steps of this trainer and of PyTorch on the same network, loss, optimiser and batch, in interleaved pairs.</summary>
internal static class TrainBenchmark
{
    private const int Dimension = 128;
    private const int Classes = 100;
    private const int WarmupSteps = 2;

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var backbone = options.Text("backbone", "googlenet");
        var (size, batch, steps) = (options.Number("size", 64), options.Number("batch", 64), options.Number("steps", 20));
        var (threads, bf16, pairs) = (options.Number("threads", 1), options.Number("bf16", 0), options.Number("pairs", 5));
        var python = options.Text("python", "/usr/bin/python3");

        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var pair = 1; pair <= pairs; pair++)
        {
            ours.Add(Ours(backbone, size, batch, steps, threads, bf16 != 0, cancel));
            theirs.Add(await TheirsAsync(python, $"{(backbone == "googlenet" ? backbone : "deit")} {size} {batch} {steps} {threads} {bf16} {Dimension} {Classes}", cancel));
            Console.Error.WriteLine($"  pair {pair} of {pairs}: {ours[^1]:F1} and {theirs[^1]:F1} images/s");
        }

        Console.WriteLine($"{backbone} {size} px, batch {batch}, {threads} thread(s), {(bf16 != 0 ? "bfloat16, channels last" : "float32")}, medians of {pairs} pairs of {steps} steps");
        Console.WriteLine($"dml      {Median.Of(ours),8:F1} images/s");
        Console.WriteLine($"PyTorch  {Median.Of(theirs),8:F1} images/s");
        Console.WriteLine($"ratio    {Median.Of(ours.Zip(theirs, (a, b) => a / b)),8:F2}");
    }

    private static double Ours(string backbone, int size, int batch, int steps, int threads, bool bf16, CancellationToken cancel)
    {
        var network = new JsonObject { ["inputSize"] = size };
        if (backbone != "googlenet")
        {
            network["patchSize"] = size >= 128 ? 16 : 8;
        }

        using var embedder = EmbeddingNetwork.Create(backbone, network, new JsonObject { ["dimension"] = Dimension }, seed: 1);
        using var loss = LossCatalogue.Create("proxy-anchor", new LossShape(Classes, Dimension), options: null, seed: 1);
        using var trainer = new EmbeddingTrainer(embedder, loss, new TrainingOptions { Epochs = 1, Threads = threads, BFloat16 = bf16 ? Toggle.On : Toggle.Off, ChannelsLast = bf16 ? Toggle.On : Toggle.Off, ValidateEvery = 1 });
        var clock = new StepClock(WarmupSteps);
        trainer.Run(new NoiseBatches(size, batch, steps + WarmupSteps, Classes), clock, checkpoint: null, cancel);
        return batch * steps / clock.Seconds;
    }

    private static async Task<double> TheirsAsync(string python, string arguments, CancellationToken cancel)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "pytorch_train.py");
        using var process = Process.Start(new ProcessStartInfo(python, $"\"{script}\" {arguments}") { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return process.ExitCode == 0
            ? JsonDocument.Parse(output).RootElement.GetProperty("imagesPerSecond").GetDouble()
            : throw new ArgumentException($"{python} could not run PyTorch; Debian has it as python3-torch.");
    }
}
