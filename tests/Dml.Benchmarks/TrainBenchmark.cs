using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Trainer;

namespace Dml.Benchmarks;

/// <summary>
/// Training steps of this trainer, in single precision and in bfloat16, and of PyTorch in single precision on the same network, loss, optimiser and batch.
/// The three take turns; ratios are medians over the rounds.
/// </summary>
internal static class TrainBenchmark
{
    private const string AllCells = "googlenet:64:64:8,googlenet:224:32:3,deit-tiny:64:64:6,deit-tiny:224:32:3,deit-small:64:64:3,deit-small:224:16:3";
    private const int Dimension = 128;
    private const int Classes = 100;
    private const int WarmupSteps = 2;

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        TrainCell[] cells = [.. options.Text("cells", AllCells).Split(',').Select(TrainCell.Parse)];
        var (threads, rounds, python) = (options.Number("threads", 1), options.Number("rounds", 3), options.Text("python", "/usr/bin/python3"));
        var processorTime = options.Text("clock", "wall") == "processor";
        options.RefuseOthers();
        Console.WriteLine($"{threads} thread(s), medians of {rounds} rounds; images a second{(processorTime ? " of processor time" : "")}; shares are data / forward / backward / optimiser in percent");
        Console.WriteLine("| network | PyTorch fp32 | dml fp32 | ratio | dml bf16 | ratio | shares PyTorch | shares fp32 | shares bf16 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var cell in cells)
        {
            await MeasureAsync(cell, threads, rounds, processorTime, python, cancel);
        }
    }

    private static async Task MeasureAsync(TrainCell cell, int threads, int rounds, bool processorTime, string python, CancellationToken cancel)
    {
        var (single, narrow, theirs) = (new List<TrainFigures>(), new List<TrainFigures>(), new List<TrainFigures>());
        for (var round = 1; round <= rounds; round++)
        {
            theirs.Add(await TheirsAsync(cell, threads, processorTime, python, cancel));
            single.Add(Ours(cell, threads, bfloat16: false, processorTime, cancel));
            narrow.Add(Ours(cell, threads, bfloat16: true, processorTime, cancel));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {cell.Backbone} {cell.Size} px, round {round} of {rounds}: {theirs[^1].ImagesPerSecond:F1}, {single[^1].ImagesPerSecond:F1}, {narrow[^1].ImagesPerSecond:F1} images/s"));
        }

        var (peer, fp32, bf16) = (TrainFigures.MedianOf(theirs), TrainFigures.MedianOf(single), TrainFigures.MedianOf(narrow));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {cell.Backbone} {cell.Size} px, batch {cell.Batch} | {peer.ImagesPerSecond:F1} | {fp32.ImagesPerSecond:F1} | {Ratio(single, theirs):F2} | {bf16.ImagesPerSecond:F1} | {Ratio(narrow, theirs):F2} | {peer.Shares} | {fp32.Shares} | {bf16.Shares} |"));
    }

    private static double Ratio(List<TrainFigures> ours, List<TrainFigures> theirs) => Median.Of(ours.Zip(theirs, (a, b) => a.ImagesPerSecond / b.ImagesPerSecond));

    private static TrainFigures Ours(TrainCell cell, int threads, bool bfloat16, bool processorTime, CancellationToken cancel)
    {
        var network = new JsonObject { ["inputSize"] = cell.Size };
        if (cell.Backbone != "googlenet")
        {
            network["patchSize"] = cell.Patch;
        }

        var toggle = bfloat16 ? Toggle.On : Toggle.Off;
        using var embedder = EmbeddingNetwork.Create(cell.Backbone, network, new JsonObject { ["dimension"] = Dimension }, seed: 1);
        using var loss = LossCatalogue.Create("proxy-anchor", new LossShape(Classes, Dimension), options: null, seed: 1);
        using var trainer = new EmbeddingTrainer(embedder, loss, new TrainingOptions { Epochs = 1, Threads = threads, BFloat16 = toggle, ChannelsLast = toggle, ValidateEvery = 1 });
        var clock = new StepClock(WarmupSteps, processorTime);
        trainer.Run(new NoiseBatches(cell.Size, cell.Batch, cell.Steps + WarmupSteps, Classes), clock, checkpoint: null, cancel);
        return clock.Figures;
    }

    private static async Task<TrainFigures> TheirsAsync(TrainCell cell, int threads, bool processorTime, string python, CancellationToken cancel)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "pytorch_train.py");
        var arguments = string.Create(CultureInfo.InvariantCulture, $"\"{script}\" {cell.Backbone} {cell.Size} {cell.Patch} {cell.Batch} {cell.Steps} {WarmupSteps} {threads} {Dimension} {Classes} {(processorTime ? 1 : 0)}");
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
