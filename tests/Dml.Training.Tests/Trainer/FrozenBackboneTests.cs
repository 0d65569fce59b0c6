using Dml.Embedding;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Commands;
using Dml.Training.Data;
using Dml.Training.Evaluation;
using Dml.Training.Losses;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Runs;
using Dml.Training.Torch;
using Dml.Training.Trainer;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Trainer;

/// <summary>A head on cached features against the same head behind the whole network.</summary>
public sealed class FrozenBackboneTests : IDisposable
{
    private const string RecipeText = """
        {
          "dataset": { "name": "folders", "folder": "pictures" },
          "sampler": { "name": "balanced", "classes": 4, "pictures": 3 },
          "backbone": { "name": "deit-tiny", "inputSize": 16, "patchSize": 8, "depth": 1, "width": 32, "heads": 2 },
          "head": { "dimension": 12 },
          "training": { "epochs": 4, "learningRate": 1e-2, "validateEvery": 2, "averageDecay": 0.5, "frozenBackbone": true },
          "evaluation": { "batchSize": 7, "wallQueries": 3 }
        }
        """;

    private static readonly string[] BatchNormNetwork =
    [
        "backbone=googlenet",
        "backbone.inputSize=16",
        "backbone.stages=3",
        "backbone.initialization=fan-in",
    ];
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();

    public FrozenBackboneTests()
    {
        TinyPictures.WriteFolders(_folder.File("pictures"), classes: 9, each: 5, side: 20);
        File.WriteAllText(_folder.File("head.json"), RecipeText);
    }

    public static TheoryData<bool> Networks => [false, true];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Workplace Workplace => new(_folder.Path, _folder.File("cache"), _output);

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task A_head_on_cached_features_learns_what_it_learns_behind_the_network(bool batchNorms)
    {
        using var scope = NewDisposeScope();
        var settings = batchNorms ? BatchNormNetwork : [];
        await Train("run", settings);
        var recipe = RunFolder.Open(_folder.File("run")).ReadRecipe();
        var trained = EmbedderSource.LoadTrained(RunFolder.Open(_folder.File("run")), recipe);
        var fresh = RecipeNetwork.Create(recipe, _folder.Path);
        var same = fresh.Backbone.state_dict();
        Assert.All(trained.Backbone.state_dict(), t => Assert.Equal(same[t.Key].ToFloats(), t.Value.ToFloats()));
        Assert.NotEqual(fresh.Head.parameters().First().ToFloats(), trained.Head.parameters().First().ToFloats());

        var data = new RecipeData(recipe, _folder.Path, _folder.File("cache"));
        using var pixels = data.OpenUnchanged(RecipeNetwork.PreprocessingOf(recipe, fresh), null, Cancel);
        var loader = new BatchLoader(
            pixels, data.TrainingLabels, data.Sampler(), [], fresh.Preprocessing.InputSize, 1, workers: 1, ahead: 1);
        using var trainer = new EmbeddingTrainer(
            fresh, LossCatalogue.Create("proxy-anchor", data.ShapeOf(fresh), null, 1), recipe.Training);
        trainer.Run(loader, new Recorder(), null, Cancel);
        var expected = fresh.Head.state_dict();
        Assert.All(trained.Head.state_dict(), t =>
            Assert.All(t.Value.ToFloats().Zip(expected[t.Key].ToFloats()), p => Assert.Equal(p.Second, p.First, 1e-3)));

        using var heldOut = data.OpenHeldOut(RecipeNetwork.PreprocessingOf(recipe, fresh), null, Cancel);
        var figures = data.Measure(
            HeldOutEvaluation.Embed(new NetworkEmbedder(trained, bfloat16: false), heldOut, 7, null, Cancel), thorough: false, Cancel);
        Assert.Equal(figures["MAP@R"], (double)Evaluations("run")[^1]["MAP@R"]!, 0.02);
    }

    [Fact]
    public async Task Features_are_computed_once_for_the_same_pictures_and_weights()
    {
        await Train("first", "training.featureViews=2");
        Assert.Equal(3, Lines("computed"));
        await Train("second", "training.featureViews=2", "training.learningRate=1e-3", "head.dimension=8");
        Assert.Equal((0, 3), (Lines("computed"), Lines("from the cache")));
        await Train("weights", "training.seed=2");
        Assert.Equal(2, Lines("computed"));
        await Train("views", "training.featureViews=2", "margin=1.5");
        Assert.Equal(1, Lines("computed"));
        await Train("map", BatchNormNetwork);
        await Train("pooling", [.. BatchNormNetwork, "head.pooling=average-max"]);
        Assert.Equal(2, Lines("computed"));

        var before = Directory.EnumerateFiles(_folder.File("cache"), "*.features").ToDictionary(f => f, File.ReadAllBytes);
        foreach (var (path, bytes) in before)
        {
            File.WriteAllBytes(path, bytes[..^1]);
        }

        await Train("damaged", "training.featureViews=2");
        Assert.Equal(3, Lines("computed"));
        Assert.Equal(3, before.Count(f => File.ReadAllBytes(f.Key).SequenceEqual(f.Value)));
    }

    [Fact]
    public async Task A_head_on_features_becomes_an_embedder_like_any_other()
    {
        await Train("run");
        await Export("run", "models/head");
        var manifest = EmbedderManifest.Load(_folder.File("models/head"));
        Assert.InRange((double)manifest.Figures!["onnxParity"]!, 0, 1e-4);
        Assert.Equal((double)Evaluations("run")[^1]["MAP@R"]!, (double)manifest.Figures["MAP@R"]!, 0.06);
    }

    [Fact]
    public async Task On_top_of_an_embedder_a_map_is_trained_which_becomes_an_embedder()
    {
        await Train("run");
        await Export("run", "models/head");
        var head = _folder.File("models/head");
        string[] onTop = [$"embedder={head}", "loss=proxy-nca-plus-plus"];
        await Train("map", onTop);
        await Export("map", "models/map");

        var (before, after) = (EmbedderManifest.Load(head), EmbedderManifest.Load(_folder.File("models/map")));
        Assert.Equal((before.Dimension, before.Preprocessing.Resize), (after.Dimension, after.Preprocessing.Resize));
        Assert.Equal(before.TrainedLabels, after.TrainedLabels);
        Assert.Equal(head, (string?)after.Training!["recipe"]!["embedder"]);
        Assert.Equal((double)Evaluations("map")[^1]["MAP@R"]!, (double)after.Figures!["MAP@R"]!, 0.06);
        var matrix = before.Dimension * before.Dimension * sizeof(float);
        var more = new FileInfo(_folder.File("models/map/embedder.onnx")).Length - new FileInfo(Path.Combine(head, "embedder.onnx")).Length;
        Assert.InRange(more, matrix, matrix + 1000);

        // It began in closed form. A map on top of an embedder that has one begins as the identity, as at night.
        await Train("further", $"embedder={_folder.File("models/map")}", "loss=proxy-nca-plus-plus");
        Assert.NotEqual(Identity(before.Dimension), Start("map"));
        Assert.Equal(Identity(before.Dimension), Start("further"));

        // The map means the vectors of one file and of no other.
        await Train("other", "training.seed=2");
        Directory.Delete(head, recursive: true);
        await Export("other", "models/head");
        var error = await Assert.ThrowsAsync<RecipeException>(() => Export("map", "models/again"));
        Assert.Contains("which has become another", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<RecipeException>(() => Train("none", "embedder=nowhere"));
        Assert.Contains("'nowhere' is neither a file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_run_goes_on_to_the_same_weights_and_refuses_another_backbone()
    {
        await Train("whole", "training.featureViews=2");
        var recipe = RunFolder.Open(_folder.File("whole")).ReadRecipe();
        await Train("stopped", "training.featureViews=2", "training.epochs=2");
        var stopped = RunFolder.Open(_folder.File("stopped"));
        // The schedule follows the number of epochs, so the shorter run's checkpoint only fits with its own.
        using var scope = NewDisposeScope();
        var network = RecipeNetwork.Create(recipe with { Training = recipe.Training with { Seed = 2 } }, _folder.Path);
        using var trainer = new EmbeddingTrainer(
            network, LossCatalogue.Create("proxy-anchor", new RecipeData(recipe, _folder.Path, _folder.Path).ShapeOf(network), null, 1),
            recipe.Training);
        Assert.Contains(
            "frozen backbone", Assert.Throws<InvalidDataException>(() => trainer.Resume(stopped.CheckpointPath)).Message,
            StringComparison.Ordinal);

        var run = RunFolder.Begin(_folder.File("resumed"), recipe);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => TrainingRun.Execute(recipe, run, Workplace, new StopAfter(5, stop), stop.Token));
        await Train("resumed", resume: true);
        Assert.Equal(File.ReadAllBytes(RunFolder.Open(_folder.File("whole")).WeightsPath), File.ReadAllBytes(run.WeightsPath));
    }

    [Fact]
    public void Epochs_take_turns_with_the_views_and_the_first_is_the_unchanged_one()
    {
        var views = Enumerable
            .Range(0, 3)
            .Select(view =>
                FeatureTable.Open(_folder.File("cache"), $"view {view}", 6, 2, () =>
                    [.. Enumerable.Range(0, 12).Select(i => (100f * view) + i)]))
            .ToList();
        int[] labels = [0, 0, 1, 1, 2, 2];
        var batches = new FeatureBatches(views, labels, new ShuffleSampler(new() { BatchSize = 2 }, new(labels, 3, Seed: 1)), 8);
        for (var epoch = 0; epoch < 7; epoch++)
        {
            var seen = batches.Epoch(epoch, Cancel).ToList();
            Assert.Equal(3, seen.Count);
            Assert.All(seen, b =>
                Assert.Equal(
                    b.Pictures.SelectMany(p => new[] { (100f * (epoch % 3)) + (2 * p), (100f * (epoch % 3)) + (2 * p) + 1 }), b.Features!));
            Assert.All(seen, b => Assert.Equal(b.Pictures.Select(p => (long)labels[p]), b.Labels));
        }

        Assert.Equal(Enumerable.Range(0, 12).Select(i => (float)i), batches.Unchanged(Cancel).SelectMany(b => b.Features!));
    }

    [Fact]
    public void A_loss_sees_the_embeddings_of_all_pictures_from_the_cache()
    {
        using var scope = NewDisposeScope();
        var recipe = RecipeFile.Read(RecipeText, []).Resolve();
        var data = new RecipeData(recipe, _folder.Path, _folder.File("cache"));
        var network = RecipeNetwork.Create(recipe, _folder.Path);
        var loss = new Watching(data.ShapeOf(network));
        using var trainer = new EmbeddingTrainer(network, loss, recipe.Training with { Epochs = 1 });
        using var pixels = data.OpenUnchanged(RecipeNetwork.PreprocessingOf(recipe, network), null, Cancel);
        var rgb = new byte[pixels.Count * network.Preprocessing.PixelBytes];
        for (var i = 0; i < pixels.Count; i++)
        {
            pixels.Read(i, rgb.AsSpan(i * network.Preprocessing.PixelBytes));
        }

        network.SetTraining(false);
        var expected = network.Embed(rgb);
        trainer.Run(
            new RecipeFeatures(recipe, data, network, _folder.File("cache"), new PlainDisplay(_output, TimeProvider.System)).Training(
                Cancel),
            new Recorder(),
            null,
            Cancel);
        Assert.All(expected.Zip(loss.Seen), p => Assert.Equal(p.First, p.Second, 1e-5));
    }

    [Fact]
    public async Task Mistakes_say_what_to_do()
    {
        Assert.Contains(
            "head", (await Assert.ThrowsAsync<RecipeException>(() => Train("run", "head=l2"))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "frozenBackbone",
            (
                await Assert.ThrowsAsync<RecipeException>(() => Train("run", "training.frozenBackbone=false", "training.featureViews=2"))
            ).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "featureViews", (await Assert.ThrowsAsync<RecipeException>(() => Train("run", "training.featureViews=0"))).Message,
            StringComparison.Ordinal);
    }

    private Task Train(string run, params string[] settings) => Train(run, resume: false, settings);

    private async Task Train(string run, bool resume, params string[] settings)
    {
        _output.GetStringBuilder().Clear();
        string[] arguments = resume ? ["--resume"] : [_folder.File("head.json")];
        Assert.Equal(
            0,
            await TrainCommand
                .Create(Workplace)
                .Parse([.. arguments, "--run", _folder.File(run), .. settings.SelectMany(s => new[] { "--set", s })])
                .InvokeAsync(new() { EnableDefaultExceptionHandler = false }, Cancel));
    }

    private async Task Export(string run, string embedder) => Assert.Equal(
        0,
        await ExportCommand
            .Create(Workplace)
            .Parse([_folder.File(run), "--out", _folder.File(embedder)])
            .InvokeAsync(new() { EnableDefaultExceptionHandler = false }, Cancel));

    private float[] Start(string run)
    {
        using var scope = NewDisposeScope();
        var folder = RunFolder.Open(_folder.File(run));
        using var network = EmbedderSource.LoadTrained(folder, folder.ReadRecipe());
        return network.Head.state_dict()["start"].ToFloats();
    }

    private static float[] Identity(int dimension) =>
        [.. Enumerable.Range(0, dimension * dimension).Select(i => i % (dimension + 1) == 0 ? 1f : 0)];

    private int Lines(string what) =>
        _output
            .ToString()
            .Split('\n')
            .Count(line => line.StartsWith("features of", StringComparison.Ordinal) && line.Contains(what, StringComparison.Ordinal));

    private System.Text.Json.Nodes.JsonObject[] Evaluations(string run) =>
        [.. RunFolder.Open(_folder.File(run)).ReadMetrics().Where(m => (string?)m["kind"] == "evaluation")];

    private sealed class Watching(LossShape shape) : EmbeddingLoss(nameof(Watching), shape)
    {
        internal float[] Seen { get; private set; } = [];

        public override void BeginEpoch(EpochStart start) => Seen = nn.functional.normalize(start.Embeddings).ToFloats();

        protected override Tensor Loss(LossBatch batch) => batch.Project!(batch.Features!).pow(2).mean();
    }
}
