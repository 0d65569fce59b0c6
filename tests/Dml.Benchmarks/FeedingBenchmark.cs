using System.Diagnostics;
using System.Globalization;
using Dml.Training.Batches;
using Dml.Training.Losses;
using Dml.Training.Recipes;
using Dml.Training.Runs;
using Dml.Training.Trainer;

namespace Dml.Benchmarks;

/// <summary>Compares, on the pictures of a recipe, the rate of the loader alone with that of the trainer while the loader runs.</summary>
internal static class FeedingBenchmark
{
    private const int WarmupSteps = 2;

    public static void Run(BenchmarkOptions options, CancellationToken cancel)
    {
        var (path, set, batches) = (options.Text("recipe"), options.Text("set", "training.bFloat16=on"), options.Number("batches", 12));
        options.RefuseOthers();
        var recipe = RecipeFile.Load(path, ["training.epochs=1", "training.checkpointMinutes=0", .. set.Split(';')]).Resolve();
        var workplace = Workplace.Here(Console.Out);
        var data = new RecipeData(recipe, workplace.Root, workplace.Cache);
        using var network = RecipeNetwork.Create(recipe, root: null);
        var preprocessing = RecipeNetwork.PreprocessingOf(recipe, network);
        var clock = Stopwatch.StartNew();
        using var pixels = data.OpenTraining(preprocessing, progress: null, cancel);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"decoded or found in the cache: {pixels.Count} pictures in {clock.Elapsed.TotalSeconds:F1} s "
            + $"({pixels.Count / clock.Elapsed.TotalSeconds:F0} pictures/s)"));

        var source = new FirstBatches(data.Batches(pixels, preprocessing.InputSize), batches + WarmupSteps);
        clock.Restart();
        var loaded = source.Epoch(0, cancel).Sum(b => b.Labels.Length);
        var loader = loaded / clock.Elapsed.TotalSeconds;
        using var loss = LossCatalogue.Create(recipe.Loss.Name, data.ShapeOf(network), recipe.Loss.Options, recipe.Training.Seed);
        using var trainer = new EmbeddingTrainer(network, loss, recipe.Training);
        var steps = new StepClock(WarmupSteps);
        trainer.Run(source, steps, checkpoint: null, cancel);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"loader {loader:F0} pictures/s, trainer {steps.Figures.ImagesPerSecond:F1} images/s: "
            + $"{loader / steps.Figures.ImagesPerSecond:F1} times; "
            + $"waiting for data {100 * steps.Figures.Data:F1} % of the time"));
    }

    private sealed class FirstBatches(IBatchSource source, int count) : IBatchSource
    {
        public int ClassCount => source.ClassCount;

        public int InputSize => source.InputSize;

        public int BatchesPerEpoch => Math.Min(count, source.BatchesPerEpoch);

        public void BeginEpoch(EpochStart start) => source.BeginEpoch(start);

        public IEnumerable<Batch> Unchanged(CancellationToken cancel) => source.Unchanged(cancel);

        public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel) => source.Epoch(epoch, cancel).Take(BatchesPerEpoch);
    }
}
