using System.CommandLine;
using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Embedding.Labels;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Commands;
using Dml.Training.Evaluation;
using Dml.Training.Recipes;
using Dml.Training.Runs;
using Dml.Training.Tests.Trainer;
using Dml.Training.Weights;

namespace Dml.Training.Tests.Commands;

/// <summary>
/// Train, evaluate and export on tiny pictures, through the command line. Runs alone: stopped runs must end with the same bytes, and
/// libtorch's generator and its number of threads are the process's.
/// </summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class WholeWayTests : IDisposable
{
    private const string Recipe = """
        {
          "dataset": { "name": "folders", "folder": "pictures" },
          "split": { "by": "classes" },
          "sampler": { "name": "balanced", "classes": 4, "pictures": 3 },
          "augmentation": ["random-affine", "colour-jitter"],
          "backbone": { "name": "deit-tiny", "inputSize": 16, "patchSize": 8, "depth": 1, "width": 32, "heads": 2 },
          "head": { "dimension": 12 },
          "training": { "epochs": 4, "learningRate": 1e-3, "validateEvery": 2, "averageDecay": 0.5,
            "bFloat16": "off", "channelsLast": "on" },
          "evaluation": { "batchSize": 7, "wallQueries": 3 }
        }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();

    public WholeWayTests()
    {
        TinyPictures.WriteFolders(_folder.File("pictures"), classes: 9, each: 5, side: 20);
        File.WriteAllText(_folder.File("tiny.json"), Recipe);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Workplace Workplace => new(_folder.Path, _folder.File("cache"), _output);

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    private Task<int> Run(Func<Workplace, Command> command, params string[] arguments)
        => command(Workplace).Parse(arguments).InvokeAsync(new() { EnableDefaultExceptionHandler = false }, Cancel);

    [Fact]
    public async Task A_comparison_trains_its_grid_and_goes_on_where_it_stopped()
    {
        File.WriteAllText(_folder.File("grid.json"), $$"""
            { "recipe": {{Recipe}}, "seeds": [1, 2], "baseline": "proxy-anchor", "methods": [
              { "name": "proxy-anchor", "set": { "training.epochs": 1 } },
              { "name": "orthogonal", "set": { "loss": "soft-orthogonal-proxies", "training.epochs": 1 } } ] }
            """);
        var cell = _folder.File("grid/orthogonal/2");
        Assert.Equal(0, await Run(CompareCommand.Create, _folder.File("grid.json"), "--out", _folder.File("grid"), "--parallel", "2"));
        Assert.Contains("| orthogonal", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllText(_folder.File("grid/leaderboard.md")),
            _output.ToString()[_output.ToString().IndexOf("|  ", StringComparison.Ordinal)..].Split("\nReport:")[0]);
        var report = File.ReadAllText(_folder.File("grid/report.html"));
        Assert.Contains("data:image/webp", report, StringComparison.Ordinal);
        Assert.DoesNotContain("http", report, StringComparison.Ordinal);
        var (before, result) = (
            File.GetLastWriteTimeUtc(_folder.File("grid/proxy-anchor/1/queries.json")),
            File.ReadAllText(Path.Combine(cell, "queries.json")));

        Directory.Delete(cell, recursive: true);
        Assert.Equal(0, await Run(CompareCommand.Create, _folder.File("grid.json"), "--out", _folder.File("grid")));
        Assert.Equal(before, File.GetLastWriteTimeUtc(_folder.File("grid/proxy-anchor/1/queries.json")));
        Assert.Equal(result, File.ReadAllText(Path.Combine(cell, "queries.json")));
    }

    [Fact]
    public async Task From_recipe_to_served_embedder()
    {
        Assert.Equal(
            0, await Run(TrainCommand.Create, _folder.File("tiny.json"), "--run", _folder.File("run"), "--set", "training.epochs=3"));

        var run = RunFolder.Open(_folder.File("run"));
        Assert.Equal(3, run.ReadRecipe().Training.Epochs);
        Assert.Equal(
            ["epoch 1", "epoch 2", "evaluation 2", "epoch 3", "evaluation 3"], run.ReadMetrics().Select(m => $"{m["kind"]} {m["epoch"]}"));
        Assert.Equal(3 * (1 + 8), File.ReadAllText(run.ReportPath).Split("data:image/png").Length - 1);

        Assert.Equal(0, await Run(ExportCommand.Create, _folder.File("run"), "--out", _folder.File("models/tiny")));
        Assert.Equal(
            ["embedder.onnx", "model.json", "recipe.json"],
            Directory.EnumerateFiles(_folder.File("models/tiny")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([_folder.File("models/tiny")], Directory.EnumerateDirectories(_folder.File("models")));
        var manifest = EmbedderManifest.Load(_folder.File("models/tiny"));
        Assert.Equal((12, 16), (manifest.Dimension, manifest.Preprocessing.InputSize));
        Assert.InRange((double)manifest.Figures!["onnxParity"]!, 0, 1e-4);

        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(EvalCommand.Create, _folder.File("run"), _folder.File("models/tiny"), "--json"));
        var results = JsonNode.Parse(_output.ToString())!.AsArray();
        Assert.Equal(2, results.Count);
        foreach (var (name, value) in manifest.Figures!.Where(f => f.Key is not ("onnxParity" or "intervals")))
        {
            Assert.Equal((double)value!, (double)results[1]!["figures"]![name]!, 6);
            Assert.Equal((double)value!, (double)results[0]!["figures"]![name]!, 0.06);
        }

        Assert.InRange(
            (double)manifest.Figures!["MAP@R"]!, (double)manifest.Figures["intervals"]!["MAP@R"]![0]!,
            (double)manifest.Figures["intervals"]!["MAP@R"]![1]!);
        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(EvalCommand.Create, _folder.File("models/tiny"), "--pixels", "8", "--recipe", _folder.File("tiny.json")));
        Assert.Contains("pixels 8", _output.ToString(), StringComparison.Ordinal);

        File.WriteAllText(
            _folder.File("other.json"), Recipe.Replace("\"folder\": \"pictures\"", "\"folder\": \"more\"", StringComparison.Ordinal));
        TinyPictures.WriteFolders(_folder.File("more"), classes: 6, each: 4, side: 20);
        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(EvalCommand.Create, _folder.File("models/tiny"), "--recipe", _folder.File("other.json")));
        Assert.Contains("12 pictures of 3 held-out classes", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            0,
            await Run(
                TrainCommand.Create, _folder.File("tiny.json"), "--run", _folder.File("split"), "--set", "training.epochs=1", "--set",
                "split.seed=3"));
        var seen = await Assert.ThrowsAsync<RecipeException>(() =>
            Run(EvalCommand.Create, _folder.File("split"), _folder.File("models/tiny")));
        Assert.Contains("another split", seen.Message, StringComparison.Ordinal);

        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(EvalCommand.Create, _folder.File("run")));
        Assert.Contains("MAP@R", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_an_embedder_of_bytes_that_says_what_rounding_costs()
    {
        Assert.Equal(
            0,
            await Run(
                TrainCommand.Create, _folder.File("tiny.json"), "--run", _folder.File("run"), "--set", "backbone=googlenet", "--set",
                "backbone.inputSize=16", "--set", "backbone.stages=3", "--set", "backbone.initialization=fan-in"));
        Assert.Equal(0, await Run(ExportCommand.Create, _folder.File("run"), "--out", _folder.File("models/floats")));
        Assert.Equal(0, await Run(ExportCommand.Create, _folder.File("run"), "--out", _folder.File("models/bytes"), "--int8"));

        var (floats, bytes) = (EmbedderManifest.Load(_folder.File("models/floats")), EmbedderManifest.Load(_folder.File("models/bytes")));
        Assert.NotEqual(floats.Fingerprint, bytes.Fingerprint);
        Assert.InRange((double)bytes.Figures!["int8"]!["cost"]!["MAP@R"]!, -0.1, 0.1);
        Assert.InRange(
            new FileInfo(_folder.File("models/bytes/embedder.onnx")).Length, 1,
            new FileInfo(_folder.File("models/floats/embedder.onnx")).Length / 2);
        foreach (var (name, cost) in bytes.Figures!["int8"]!["cost"]!.AsObject())
        {
            Assert.Equal((double)floats.Figures![name]!, (double)bytes.Figures["int8"]!["floats"]![name]!, 6);
            Assert.Equal((double)floats.Figures[name]! - (double)bytes.Figures[name]!, (double)cost!, 2e-6);
        }
    }

    [Fact]
    public async Task A_frozen_network_becomes_an_embedder_with_the_figures_that_eval_gives_it()
    {
        using (var scope = TorchSharp.torch.NewDisposeScope())
        {
            NetworkWeights.Save(BackboneCatalogue.Create("vit-tiny", Small(), new Initializer(7)), _folder.File("vit.safetensors"));
        }

        var pretrained = $"vit-tiny,inputSize=16,patchSize=8,depth=1,width=32,heads=2:{_folder.File("vit.safetensors")}";
        Assert.Equal(
            0,
            await Run(
                ExportCommand.Create, "--pretrained", pretrained, "--recipe", _folder.File("tiny.json"), "--out",
                _folder.File("models/frozen")));
        var manifest = EmbedderManifest.Load(_folder.File("models/frozen"));
        Assert.Equal("vit.safetensors", (string?)manifest.Training!["weights"]);
        Assert.Equal(32, (int)manifest.Training["backbone"]!["width"]!);
        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(EvalCommand.Create, "--pretrained", pretrained, "--recipe", _folder.File("tiny.json"), "--json"));
        Assert.Equal((double)JsonNode.Parse(_output.ToString())![0]!["figures"]!["MAP@R"]!, (double)manifest.Figures!["MAP@R"]!, 0.01);
        await Assert.ThrowsAsync<RecipeException>(() =>
            Run(ExportCommand.Create, "--recipe", _folder.File("tiny.json"), "--out", _folder.File("m")));
    }

    [Fact]
    public async Task A_head_without_a_norm_is_not_for_the_service()
    {
        Assert.Equal(
            0,
            await Run(
                TrainCommand.Create, _folder.File("tiny.json"), "--run", _folder.File("run"), "--set", "head=none", "--set",
                "training.epochs=1"));
        Assert.Contains(
            "length 1",
            (
                await Assert.ThrowsAsync<RecipeException>(() => Run(ExportCommand.Create, _folder.File("run"), "--out", _folder.File("m")))
            ).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("m")));
    }

    [Fact]
    public async Task Queries_ask_a_gallery_from_training_to_figures()
    {
        string[] parts = ["train", "train", "train", "query", "gallery"];
        File.WriteAllLines(
            _folder.File("pictures.csv"),
            [
                "path,label,part,camera",
                .. from label in Enumerable.Range(0, 9)
                from i in Enumerable.Range(0, 5)
                select $"pictures/class-{label}/{i}.png,{label},{parts[i]},{i % 3}",
            ]);
        File.WriteAllText(
            _folder.File("parts.json"),
            Recipe
                .Replace("""  "split": { "by": "classes" },""", "", StringComparison.Ordinal)
                .Replace("""{ "name": "folders", "folder": "pictures" }""", "\"csv\"", StringComparison.Ordinal)
                .Replace("\"batchSize\": 7", "\"figures\": [\"Rank-1\", \"mINP\"], \"mean\": \"classes\"", StringComparison.Ordinal));

        Assert.Equal(
            0, await Run(TrainCommand.Create, _folder.File("parts.json"), "--run", _folder.File("parts"), "--set", "training.epochs=1"));

        var line = RunFolder.Open(_folder.File("parts")).ReadMetrics().Single(m => (string?)m["kind"] == "evaluation");
        Assert.Equal((18, 9, 9), ((int)line["pictures"]!, (int)line["classes"]!, (int)line["queries"]!));
        Assert.Contains("mINP", File.ReadAllText(RunFolder.Open(_folder.File("parts")).ReportPath), StringComparison.Ordinal);
        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(EvalCommand.Create, _folder.File("parts"), "--pixels", "16"));
        Assert.Contains(
            "9 queries against a gallery of 9, answers of the query's class and camera left out", _output.ToString(),
            StringComparison.Ordinal);
        Assert.Contains("Rank-1", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("NMI", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains(
            "'Rank'",
            (
                await Assert.ThrowsAsync<RecipeException>(() =>
                    Run(
                        TrainCommand.Create, _folder.File("parts.json"), "--run", _folder.File("other"), "--set",
                        "evaluation.figures=[\"Rank\"]"))
            ).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_stopped_goes_on_to_the_same_weights()
    {
        Assert.Equal(0, await Run(TrainCommand.Create, _folder.File("tiny.json"), "--run", _folder.File("whole")));

        var recipe = RecipeFile.Load(_folder.File("tiny.json"), []).Resolve();
        var run = RunFolder.Begin(_folder.File("stopped"), recipe);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => TrainingRun.Execute(recipe, run, Workplace, new StopAfter(5, stop), stop.Token));
        Assert.Equal(0, await Run(TrainCommand.Create, "--resume", "--run", _folder.File("stopped")));

        Assert.Equal(File.ReadAllBytes(RunFolder.Open(_folder.File("whole")).WeightsPath), File.ReadAllBytes(run.WeightsPath));
        Assert.Equal(6, run.ReadMetrics().Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_keeps_its_best_epoch_and_ends_when_none_is_better(bool frozen)
    {
        TinyPictures.WriteFolders(_folder.File("pictures"), classes: 9, each: 8, side: 20);
        // Without a split: folders are split as a service's gate does.
        File.WriteAllText(_folder.File("tiny.json"), Recipe.Replace("""  "split": { "by": "classes" },""", "", StringComparison.Ordinal));
        string[] settings =
        [
            "training.epochs=60", "training.validateEvery=1", "training.keep=best", "training.patience=3",
            $"training.frozenBackbone={(frozen ? "true" : "false")}",
        ];
        Assert.Equal(0, await Run(TrainCommand.Create, [_folder.File("tiny.json"), "--run", _folder.File("whole"), "--set", .. settings]));

        var run = RunFolder.Open(_folder.File("whole"));
        var lines = run.ReadMetrics().Where(m => (string?)m["kind"] == "evaluation").ToArray();
        double[] figures = [.. lines.Select(line => (double)line["validation"]!["MAP@R"]!)];
        var best = Array.IndexOf(figures, figures.Max()) + 1;
        Assert.Equal(Math.Min(60, best + 3), lines.Length);
        // Seven of the nine labels are not the gate's, and two of eight pictures of each are set aside.
        Assert.Equal((14, 7), ((int)lines[0]["validation"]!["pictures"]!, (int)lines[0]["validation"]!["classes"]!));
        Assert.Contains($"epoch {best} of {lines.Length}, the best", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains($"epoch {best} of {lines.Length}, the best", File.ReadAllText(run.ReportPath), StringComparison.Ordinal);
        Assert.Equal(2 * 9, File.ReadAllText(run.ReportPath).Split("data:image/png").Length - 1);

        // The kept weights and queries are those of that epoch.
        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(EvalCommand.Create, _folder.File("whole"), "--json", "--queries", _folder.File("queries.json")));
        var measured = JsonNode.Parse(_output.ToString())![0]!["figures"]!;
        Assert.All(["MAP@R", "nDCG@10", "mAP@all"], name => Assert.Equal((double)lines[best - 1][name]!, (double)measured[name]!, 4));
        var (kept, again) = (QueryFile.Load(run.QueriesPath), QueryFile.Load(_folder.File("queries.json")));
        Assert.Equal(again.Queries, kept.Queries);
        Assert.Equal(
            again.Values.Average(row => row[again.Column("MAP@R")]), kept.Values.Average(row => row[kept.Column("MAP@R")]), 4);

        Assert.Equal(0, await Run(ExportCommand.Create, _folder.File("whole"), "--out", _folder.File("models/best")));
        var manifest = EmbedderManifest.Load(_folder.File("models/best"));
        Assert.Equal(
            (lines.Length, best, best),
            ((int)manifest.Training!["epochs"]!, (int)manifest.Training["epoch"]!, (int)manifest.Training["bestEpoch"]!));
        Assert.Equal(figures.Max(), (double)manifest.Training["validation"]!["MAP@R"]!);
        Assert.Equal(
            LabelHash.OfAll(Enumerable.Range(0, 9).Select(i => $"class-{i}").Where(label => !HeldOutLabels.Contains(label, 0.2))),
            manifest.TrainedLabels);

        var recipe = RecipeFile.Load(_folder.File("tiny.json"), settings).Resolve();
        var stopped = RunFolder.Begin(_folder.File("stopped"), recipe);
        foreach (var steps in new[] { 5, 14 })
        {
            using var stop = new CancellationTokenSource();
            Assert.ThrowsAny<OperationCanceledException>(() =>
                TrainingRun.Execute(recipe, stopped, Workplace, new StopAfter(steps, stop), stop.Token));
        }

        foreach (var _ in Enumerable.Range(0, 2))
        {
            // Once more when it has ended: that changes nothing.
            Assert.Equal(0, await Run(TrainCommand.Create, "--resume", "--run", _folder.File("stopped")));
            Assert.Equal(File.ReadAllBytes(run.WeightsPath), File.ReadAllBytes(stopped.WeightsPath));
            Assert.Equal(File.ReadAllBytes(run.QueriesPath), File.ReadAllBytes(stopped.QueriesPath));
            Assert.Equal(
                figures,
                stopped.ReadMetrics()
                    .Where(m => (string?)m["kind"] == "evaluation")
                    .Select(line => (double)line["validation"]!["MAP@R"]!));
            Assert.Equal(2 * 9, File.ReadAllText(stopped.ReportPath).Split("data:image/png").Length - 1);
        }
    }

    [Fact]
    public async Task A_run_of_an_earlier_version_does_not_know_its_labels()
    {
        Assert.Equal(
            0, await Run(TrainCommand.Create, _folder.File("tiny.json"), "--run", _folder.File("run"), "--set", "training.epochs=1"));
        File.Delete(RunFolder.Open(_folder.File("run")).LabelsPath);
        Assert.Equal(0, await Run(TrainCommand.Create, "--resume", "--run", _folder.File("run")));

        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run(ExportCommand.Create, _folder.File("run"), "--out", _folder.File("models/old")));
        Assert.Null(EmbedderManifest.Load(_folder.File("models/old")).TrainedLabels);
        Assert.Contains("not known", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_say_what_to_do()
    {
        Assert.Contains(
            "no recipe.json", (await Assert.ThrowsAsync<RecipeException>(() => Run(EvalCommand.Create, _folder.Path))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no run",
            (await Assert.ThrowsAsync<RecipeException>(() => Run(ExportCommand.Create, _folder.Path, "--out", _folder.File("m")))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "--resume", (await Assert.ThrowsAsync<RecipeException>(() => Run(TrainCommand.Create, "--run", _folder.File("run")))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "--recipe",
            (await Assert.ThrowsAsync<RecipeException>(() => Run(EvalCommand.Create, "--pretrained", "deit-tiny:x.safetensors"))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "x.safetensors",
            (
                await Assert.ThrowsAsync<RecipeException>(() =>
                    Run(
                        EvalCommand.Create, "--recipe", _folder.File("tiny.json"), "--pretrained",
                        $"deit-tiny:{_folder.File("x.safetensors")}"))
            ).Message,
            StringComparison.Ordinal);
        RunFolder.Begin(_folder.File("begun"), new Recipe().Resolve());
        Assert.Contains(
            "no weights yet",
            (
                await Assert.ThrowsAsync<RecipeException>(() =>
                    Run(ExportCommand.Create, _folder.File("begun"), "--out", _folder.File("m")))
            ).Message,
            StringComparison.Ordinal);
    }

    private static JsonObject Small() => new() { ["inputSize"] = 16, ["patchSize"] = 8, ["depth"] = 1, ["width"] = 32, ["heads"] = 2 };
}
