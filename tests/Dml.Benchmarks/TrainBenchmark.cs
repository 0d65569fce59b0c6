using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Files;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Trainer;

namespace Dml.Benchmarks;

/// <summary>
/// Training steps of this trainer in single precision and in bfloat16, of a bare loop over the same network on the same libtorch, and
/// of PyTorch in single precision, with the same optimizer and batch. They run in turn; ratios are medians over the rounds.
/// </summary>
internal static class TrainBenchmark
{
    private const string AllCells =
        "googlenet:64:64:8,googlenet:224:32:3,deit-tiny:64:64:6,deit-tiny:224:32:3,deit-small:64:64:3,deit-small:224:16:3";
    private const int Dimension = 128;
    private const int Classes = 100;
    private const int WarmupSteps = 2;

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        TrainCell[] cells = [.. options.Text("cells", AllCells).Split(',').Select(TrainCell.Parse)];
        var (threads, rounds, python) =
            (options.Number("threads", 1), options.Number("rounds", 3), options.Text("python", "/usr/bin/python3"));
        var processorTime = options.Text("clock", "wall") == "processor";
        var channelsLast = options.Text("layout", "plain") == "channels-last";
        options.RefuseOthers();
        // As the program does at its start.
        NativeAllocator.KeepFreedMemory();
        var clock = processorTime ? "processor time" : "wall time";
        Console.WriteLine($"{threads} thread(s), medians of {rounds} rounds; images per second of {clock}; "
            + "shares are data / forward / backward / optimizer in percent; ratios are against the bare loop of the same precision; "
            + $"single precision in the {(channelsLast ? "channels-last" : "plain")} layout, bfloat16 in channels-last");
        Console.WriteLine(
            "| network | PyTorch fp32 | bare fp32 | dml fp32 | ratio | bare bf16 | dml bf16 | ratio | shares fp32 | shares bf16 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var cell in cells)
        {
            await MeasureAsync(cell, new(threads, processorTime, channelsLast), rounds, python, cancel);
        }
    }

    private static async Task MeasureAsync(TrainCell cell, TrainConditions conditions, int rounds, string python, CancellationToken cancel)
    {
        List<TrainFigures> peer = [], bare32 = [], dml32 = [], bare16 = [], dml16 = [];
        for (var round = 1; round <= rounds; round++)
        {
            peer.Add(python == "none" ? new(0, 0, 0, 0, 0) : await TheirsAsync(cell, conditions, python, cancel));
            bare32.Add(Bare(cell, conditions, bfloat16: false));
            dml32.Add(Ours(cell, conditions, bfloat16: false, cancel));
            bare16.Add(Bare(cell, conditions, bfloat16: true));
            dml16.Add(Ours(cell, conditions, bfloat16: true, cancel));
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {cell.Backbone} {cell.Size} px, round {round} of {rounds}: {peer[^1].ImagesPerSecond:F1}, "
                + $"{bare32[^1].ImagesPerSecond:F1}, {dml32[^1].ImagesPerSecond:F1}, "
                + $"{bare16[^1].ImagesPerSecond:F1}, {dml16[^1].ImagesPerSecond:F1} images/s"));
        }

        var (single, narrow) = (TrainFigures.MedianOf(dml32), TrainFigures.MedianOf(dml16));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {cell.Backbone} {cell.Size} px, batch {cell.Batch} | {Rate(peer)} | {Rate(bare32)} | {Rate(dml32)} "
            + $"| {Ratio(dml32, bare32):F2} | {Rate(bare16)} | {Rate(dml16)} | {Ratio(dml16, bare16):F2} "
            + $"| {single.Shares} | {narrow.Shares} |"));
    }

    private static string Rate(List<TrainFigures> rounds)
        => TrainFigures.MedianOf(rounds).ImagesPerSecond is > 0 and var rate ? rate.ToString("F1", CultureInfo.InvariantCulture) : "–";

    private static double Ratio(List<TrainFigures> ours, List<TrainFigures> theirs)
        => Median.Of(ours.Zip(theirs, (a, b) => a.ImagesPerSecond / b.ImagesPerSecond));

    private static EmbeddingNetwork Network(TrainCell cell)
    {
        var network = new JsonObject { ["inputSize"] = cell.Size };
        if (cell.Backbone != "googlenet")
        {
            network["patchSize"] = cell.Patch;
        }

        return EmbeddingNetwork.Create(cell.Backbone, network, new JsonObject { ["dimension"] = Dimension }, seed: 1);
    }

    private static TrainFigures Bare(TrainCell cell, TrainConditions conditions, bool bfloat16)
    {
        using var embedder = Network(cell);
        return BareSteps.Measure(embedder, cell, conditions, bfloat16, WarmupSteps);
    }

    private static TrainFigures Ours(TrainCell cell, TrainConditions conditions, bool bfloat16, CancellationToken cancel)
    {
        using var embedder = Network(cell);
        using var loss = LossCatalogue.Create("proxy-anchor", new LossShape(Classes, Dimension), options: null, seed: 1);
        using var trainer = new EmbeddingTrainer(embedder, loss, new TrainingOptions
        {
            Epochs = 1,
            Threads = conditions.Threads,
            BFloat16 = bfloat16 ? Toggle.On : Toggle.Off,
            ChannelsLast = bfloat16 || conditions.ChannelsLast ? Toggle.On : Toggle.Off,
            ValidateEvery = 1,
        });
        var clock = new StepClock(WarmupSteps, conditions.ProcessorTime);
        trainer.Run(new NoiseBatches(cell.Size, cell.Batch, cell.Steps + WarmupSteps, Classes), clock, checkpoint: null, cancel);
        return clock.Figures;
    }

    private static async Task<TrainFigures> TheirsAsync(
        TrainCell cell, TrainConditions conditions, string python, CancellationToken cancel)
    {
        var (threads, processorTime) = (conditions.Threads, conditions.ProcessorTime);
        var script = Path.Combine(AppContext.BaseDirectory, "pytorch_train.py");
        var arguments = string.Create(
            CultureInfo.InvariantCulture,
            $"\"{script}\" {cell.Backbone} {cell.Size} {cell.Patch} {cell.Batch} {cell.Steps} "
            + $"{WarmupSteps} {threads} {Dimension} {Classes} {(processorTime ? 1 : 0)}");
        using var process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        if (process.ExitCode != 0)
        {
            throw new ArgumentException($"{python} could not run PyTorch; Debian has it as python3-torch.");
        }

        var json = JsonDocument.Parse(output).RootElement;
        double Share(string name) => json.GetProperty(name).GetDouble();
        return new(Share("imagesPerSecond"), 0, Share("forward"), Share("backward"), Share("optimizer"));
    }
}
