using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Embedding.Labels;
using Dml.Training.Commands;
using Dml.Training.Runs;
using Dml.Training.Runs.Nightly;
using Dml.Training.Tests.Trainer;
using Dml.Training.Weights;

namespace Dml.Training.Tests.Runs.Nightly;

/// <summary>
/// Nights of a tiny network on tiny pictures, through the command line. Runs alone: a stopped night must end with the same bytes, and
/// libtorch's generator and its number of threads are the process's.
/// </summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class NightlyRunTests : IDisposable
{
    private const int Classes = 12;
    private const int HeldOut = 4;
    private const int Each = 5;
    // Precision and layout are set: two nights that each try them out may choose differently, and then no two are the same.
    private const string Night = """{"training":{"epochs":3,"bFloat16":"off","channelsLast":"on"}}""";

    private const string BestNight =
        """
        {"training":{"epochs":30,"learningRate":3e-3,"keep":"best","validation":0.5,"patience":2,"bFloat16":"off","channelsLast":"on"}}
        """;

    private const string MapNight = """{"training":{"learningRate":3e-3},"sampler":{"name":"balanced","classes":4,"pictures":3}}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("deit-tiny")]
    [InlineData("googlenet")]
    public async Task A_night_goes_on_from_the_active_embedder_and_the_next_from_that(string backbone)
    {
        await WriteEmbedderAsync("first", backbone);
        var outcome = await NightAsync("first", "second", Night);

        Assert.True((bool)outcome["continued"]!, (string?)outcome["start"]);
        var manifest = EmbedderManifest.Load(_folder.File("second-out/second"));
        Assert.Equal(("second", 12), (manifest.Name, manifest.Dimension));
        Assert.Equal("first", (string)manifest.Training!["from"]!["name"]!);
        Assert.Equal(
            (HeldOut * Each, HeldOut), ((int)outcome["figures"]!["before"]!["pictures"]!, (int)outcome["figures"]!["after"]!["classes"]!));
        Assert.Equal((double)outcome["figures"]!["after"]!["MAP@R"]!, (double)manifest.Figures!["MAP@R"]!, 6);
        Assert.Equal(2, outcome["figures"]!["before"]!["intervals"]!["R@1"]!.AsArray().Count);

        // What the first was trained on, and what the night added: all but the held-out labels of each.
        var learnt = Enumerable.Range(0, 9).Select(i => $"class-{i}").Where(label => !HeldOutLabels.Contains(label, 0.2))
            .Concat(Enumerable.Range(HeldOut, Classes - HeldOut).Select(i => $"class {i}"));
        Assert.Equal(LabelHash.OfAll(learnt), manifest.TrainedLabels);

        var next = await NightAsync("second-out/second", "third", Night);
        Assert.True((bool)next["continued"]!, (string?)next["start"]);
        Assert.Equal((double)outcome["figures"]!["after"]!["MAP@R"]!, (double)next["figures"]!["before"]!["MAP@R"]!, 6);
    }

    [Fact]
    public async Task A_learning_rate_of_nothing_gives_the_same_answers()
    {
        await WriteEmbedderAsync("first", "googlenet");
        var outcome = await NightAsync("first", "same", """{"training":{"epochs":1,"learningRate":1e-12,"averageDecay":0}}""");

        Assert.Empty(outcome["changed"]!.AsArray());
        Assert.Equal(outcome["figures"]!["before"]!.ToJsonString(), outcome["figures"]!["after"]!.ToJsonString());
    }

    [Fact]
    public async Task Feedback_pulls_right_pairs_together_and_pushes_wrong_ones_apart()
    {
        await WriteEmbedderAsync("first", "deit-tiny");
        // Pictures without a label, so that nothing but the pairs speaks of them.
        (string, string, bool)[] pairs =
        [
            (Name(Classes, 0), Name(Classes + 1, 0), true),
            (Name(Classes + 2, 0), Name(Classes + 3, 0), false),
        ];
        var plain = await NightAsync("first", "plain", """{"training":{"epochs":30,"learningRate":3e-3}}""");
        var taught = await NightAsync("first", "taught", """{"training":{"epochs":30,"learningRate":3e-3}}""", pairs);

        Assert.Equal(2, (int)EmbedderManifest.Load(_folder.File("taught-out/taught")).Training!["pairs"]!);
        Assert.True((bool)plain["continued"]! && (bool)taught["continued"]!);
        var (before, after) = (await CosinesAsync("plain-out/plain", pairs), await CosinesAsync("taught-out/taught", pairs));
        TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(", ", before)} -> {string.Join(", ", after)}");
        Assert.True(1 - after[0] < 0.8 * (1 - before[0]), "the right pair");
        Assert.True(1 - after[1] > 1.2 * (1 - before[1]), "the wrong pair");
    }

    [Fact]
    public async Task A_night_can_keep_its_best_epoch()
    {
        await WriteEmbedderAsync("first", "deit-tiny");
        var first = EmbedderManifest.Load(_folder.File("first"));
        (first with { TrainedLabels = null }).Save(_folder.File("first"));
        var outcome = await NightAsync("first", "best", BestNight);

        var training = EmbedderManifest.Load(_folder.File("best-out/best")).Training!;
        var lines = RunFolder.Open(_folder.File("best-out/run")).ReadMetrics().Where(m => (string?)m["kind"] == "evaluation").ToArray();
        double[] figures = [.. lines.Select(line => (double)line["validation"]!["MAP@R"]!)];
        var best = Array.IndexOf(figures, figures.Max()) + 1;
        Assert.Equal((best, best), ((int)training["epoch"]!, (int)training["bestEpoch"]!));
        Assert.Equal(Math.Min(30, best + 2), lines.Length);
        Assert.Equal((lines.Length, lines.Length), ((int)training["epochs"]!, (int)outcome["epochs"]!));
        // Three of five pictures of eight labels.
        Assert.Equal((24, 8), ((int)lines[0]["validation"]!["pictures"]!, (int)lines[0]["validation"]!["classes"]!));
        // What the embedder that it went on from was trained on is unknown, so the same is true of it.
        Assert.Null(EmbedderManifest.Load(_folder.File("best-out/best")).TrainedLabels);
    }

    [Fact]
    public async Task A_night_keeps_its_last_epoch_whatever_the_recipe_of_the_embedder_did()
    {
        await WriteEmbedderAsync("first", "deit-tiny");
        var first = EmbedderManifest.Load(_folder.File("first"));
        var training = first.Training!.DeepClone().AsObject();
        foreach (var (name, value) in JsonNode.Parse("""{ "keep": "best", "validation": 0.1, "patience": 1 }""")!.AsObject())
        {
            training["recipe"]!["training"]![name] = value!.DeepClone();
        }

        (first with { Training = training }).Save(_folder.File("first"));
        await NightAsync("first", "second", Night);

        var night = EmbedderManifest.Load(_folder.File("second-out/second")).Training!;
        Assert.Equal((3, 3, "last"), ((int)night["epochs"]!, (int)night["epoch"]!, (string)night["recipe"]!["training"]!["keep"]!));
        Assert.Null(night["bestEpoch"]);
    }

    [Theory]
    [InlineData(Night)]
    [InlineData(BestNight)]
    public async Task A_night_that_was_stopped_goes_on_to_the_same_embedder(string changes)
    {
        await WriteEmbedderAsync("first", "deit-tiny");
        await NightAsync("first", "whole", changes);
        var snapshot = WriteSnapshot("first", "stopped", changes, []);
        foreach (var steps in new[] { 1, 5 })
        {
            using var stop = new CancellationTokenSource();
            Assert.ThrowsAny<OperationCanceledException>(() =>
                NightlyRun.Execute(NightlySnapshot.Open(snapshot), _folder.File("stopped-out"), 1, new StopAfter(steps, stop), stop.Token));
            Assert.False(File.Exists(_folder.File("stopped-out/outcome.json")));
        }

        var outcome = await RunAsync(snapshot, "stopped-out");
        // The same weights to the bit: the ONNX files are the same.
        Assert.Equal(
            File.ReadAllBytes(_folder.File("whole-out/whole/embedder.onnx")),
            File.ReadAllBytes(_folder.File("stopped-out/stopped/embedder.onnx")));
        var written = File.GetLastWriteTimeUtc(_folder.File("stopped-out/outcome.json"));
        Assert.Equal(outcome.ToJsonString(), (await RunAsync(snapshot, "stopped-out")).ToJsonString());
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder.File("stopped-out/outcome.json")));
    }

    [Fact]
    public async Task An_embedder_that_cannot_be_continued_gives_way_to_a_backbone_that_is_named()
    {
        await WriteEmbedderAsync("first", "deit-tiny");
        ForgetRecipe("first");
        var begun = await NightAsync(
            "first",
            "begun",
            """
            {
              "backbone": { "name": "deit-tiny", "inputSize": 16, "patchSize": 8, "depth": 1, "width": 32, "heads": 2 },
              "head": { "name": "linear", "dimension": 20 },
              "training": { "epochs": 1 },
              "sampler": { "name": "balanced", "classes": 4, "pictures": 3 }
            }
            """);
        Assert.False((bool)begun["continued"]!);
        Assert.Contains("cannot be continued", (string)begun["start"]!, StringComparison.Ordinal);
        Assert.Equal(20, EmbedderManifest.Load(_folder.File("begun-out/begun")).Dimension);
    }

    [Fact]
    public async Task An_embedder_that_cannot_be_continued_stays_and_learns_a_map()
    {
        await WriteEmbedderAsync("first", "googlenet");
        ForgetRecipe("first");
        var first = EmbedderManifest.Load(_folder.File("first"));
        var outcome = await NightAsync("first", "second", MapNight);

        Assert.True((bool)outcome["continued"]!);
        Assert.Contains("a linear map on top", (string)outcome["start"]!, StringComparison.Ordinal);
        var second = EmbedderManifest.Load(_folder.File("second-out/second"));
        Assert.Equal((12, 10), (second.Dimension, (int)second.Training!["map"]!["training"]!["epochs"]!));
        Assert.Equal(first.Preprocessing.InputSize, second.Preprocessing.InputSize);
        Assert.Null(second.Training["recipe"]);
        Assert.False(File.Exists(_folder.File("second-out/second/recipe.json")));

        // Its vectors are those of the first, times where the map began and what was learnt, scaled to length 1.
        var (inputs, outputs) = (await VectorsAsync("first"), await VectorsAsync("second-out/second"));
        Assert.InRange(WeightsOf("second-out/run", "head.change").Max(Math.Abs), 1e-3, 1);
        Assert.NotEqual(0, WeightsOf("second-out/run", "head.start")[1]);
        var weights = MapOf("second-out/run");
        for (var i = 0; i < inputs.Length; i++)
        {
            var mapped = new double[12];
            for (var column = 0; column < 12; column++)
            {
                mapped[column] = Enumerable.Range(0, 12).Sum(row => (double)inputs[i][row] * weights[(row * 12) + column]);
            }

            var length = Math.Sqrt(mapped.Sum(value => value * value));
            Assert.All(mapped.Zip(outputs[i]), pair => Assert.Equal(pair.First / length, pair.Second, 4));
        }

        // The next night trains the map further, from where it is: two maps are one, and the file does not grow.
        var next = await NightAsync("second-out/second", "third", MapNight);
        Assert.Equal((double)outcome["figures"]!["after"]!["MAP@R"]!, (double)next["figures"]!["before"]!["MAP@R"]!, 6);
        Assert.Equal(
            new FileInfo(_folder.File("second-out/second/embedder.onnx")).Length,
            new FileInfo(_folder.File("third-out/third/embedder.onnx")).Length);
        Assert.Equal(second.TrainedLabels, EmbedderManifest.Load(_folder.File("third-out/third")).TrainedLabels);
        Assert.Equal(0, WeightsOf("third-out/run", "head.start")[1]);
    }

    [Fact]
    public async Task A_map_that_learns_nothing_more_gives_the_same_answers()
    {
        await WriteEmbedderAsync("first", "googlenet");
        ForgetRecipe("first");
        await NightAsync("first", "second", MapNight);
        var outcome = await NightAsync("second-out/second", "same", """{"training":{"epochs":1,"learningRate":1e-12,"averageDecay":0}}""");
        Assert.Empty(outcome["changed"]!.AsArray());
        Assert.Equal(outcome["figures"]!["before"]!.ToJsonString(), outcome["figures"]!["after"]!.ToJsonString());
    }

    [Fact]
    public async Task A_map_that_was_stopped_goes_on_to_the_same_embedder()
    {
        await WriteEmbedderAsync("first", "deit-tiny");
        ForgetRecipe("first");
        (string, string, bool)[] pairs = [(Name(Classes, 0), Name(Classes + 1, 0), true)];
        await NightAsync("first", "whole", MapNight, pairs);
        var snapshot = WriteSnapshot("first", "stopped", MapNight, pairs);
        foreach (var steps in new[] { 1, 12 })
        {
            using var stop = new CancellationTokenSource();
            Assert.ThrowsAny<OperationCanceledException>(() =>
                NightlyRun.Execute(NightlySnapshot.Open(snapshot), _folder.File("stopped-out"), 1, new StopAfter(steps, stop), stop.Token));
        }

        await RunAsync(snapshot, "stopped-out");
        Assert.Equal(
            File.ReadAllBytes(_folder.File("whole-out/whole/embedder.onnx")),
            File.ReadAllBytes(_folder.File("stopped-out/stopped/embedder.onnx")));
    }

    [Fact]
    public async Task A_map_takes_feedback_and_can_keep_its_best_epoch()
    {
        await WriteEmbedderAsync("first", "deit-tiny");
        ForgetRecipe("first");
        // The same two pictures, which no label speaks of.
        (string, string, bool)[] right = [(Name(Classes, 0), Name(Classes + 1, 0), true)];
        (string, string, bool)[] wrong = [(Name(Classes, 0), Name(Classes + 1, 0), false)];
        const string Long =
            """{"training":{"epochs":100,"learningRate":2e-2},"sampler":{"name":"balanced","classes":4,"pictures":3}}""";
        await NightAsync("first", "wrong", Long, wrong);
        await NightAsync("first", "taught", Long, right);
        var (apart, together) = ((await CosinesAsync("wrong-out/wrong", wrong))[0], (await CosinesAsync("taught-out/taught", right))[0]);
        Assert.True(together > apart + 0.3, $"right: {together}, wrong: {apart}");

        await NightAsync("first", "best", BestNight);
        var training = EmbedderManifest.Load(_folder.File("best-out/best")).Training!;
        Assert.Equal((int)training["bestEpoch"]!, (int)training["epoch"]!);
    }

    [Fact]
    public async Task Preprocessing_changed_by_hand_is_kept_under_a_map()
    {
        await WriteEmbedderAsync("first", "deit-tiny");
        var manifest = EmbedderManifest.Load(_folder.File("first"));
        (manifest with { Preprocessing = manifest.Preprocessing with { Mean = [0.1f, 0.2f, 0.3f] } }).Save(_folder.File("first"));
        var other = await NightAsync("first", "other", MapNight);
        Assert.Contains("preprocessing", (string)other["start"]!, StringComparison.Ordinal);
        Assert.Equal([0.1f, 0.2f, 0.3f], EmbedderManifest.Load(_folder.File("other-out/other")).Preprocessing.Mean);
    }

    [Fact]
    public async Task A_process_ends_with_the_one_that_started_it()
    {
        await WriteEmbedderAsync("first", "deit-tiny");
        var snapshot = WriteSnapshot("first", "guarded", """{"training":{"epochs":100000}}""", []);
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "dml.dll"),
                "nightly",
                "--snapshot",
                snapshot,
                "--out",
                _folder.File("guarded-out"),
                "--threads",
                "1",
                "--nice",
                "7",
                "--json",
                "--guarded",
            },
        };
        using var child = Process.Start(start)!;
        try
        {
            JsonObject line;
            do
            {
                line = JsonNode.Parse((await child.StandardOutput.ReadLineAsync(Cancel))!)!.AsObject();
            }
            while ((string?)line["stage"] != "train" || (long)line["done"]! < 1);
            // Every thread stands back, those that libtorch made as well: field 19 of stat is the niceness.
            var niceness = Directory
                .EnumerateDirectories($"/proc/{child.Id}/task")
                .Select(StatOf)
                .OfType<string>()
                .Select(stat => stat.Split(") ")[^1].Split(' ')[16])
                .ToList();
            Assert.NotEmpty(niceness);
            Assert.All(niceness, value => Assert.Equal("7", value));

            // Where memory runs out, it ends before the service.
            Assert.Equal("500", File.ReadAllText($"/proc/{child.Id}/oom_score_adj").Trim());

            // A group of its own, field 5: a terminal's Ctrl+C does not reach it.
            Assert.Equal($"{child.Id}", File.ReadAllText($"/proc/{child.Id}/stat").Split(") ")[^1].Split(' ')[2]);

            child.StandardInput.Close();
            await child.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
            Assert.Equal(128 + 9, child.ExitCode);
        }
        finally
        {
            if (!child.HasExited)
            {
                child.Kill();
            }
        }
    }

    // Null where the thread has ended meanwhile.
    private static string? StatOf(string task)
    {
        try
        {
            return File.ReadAllText($"{task}/stat");
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void ForgetRecipe(string embedder)
    {
        var manifest = EmbedderManifest.Load(_folder.File(embedder));
        (manifest with { Training = null }).Save(_folder.File(embedder));
    }

    private float[] MapOf(string run) =>
        [.. WeightsOf(run, "head.start").Zip(WeightsOf(run, "head.change"), (start, change) => start + change)];

    private float[] WeightsOf(string run, string name) =>
        SafetensorsFile.Load(RunFolder.Open(_folder.File(run)).WeightsPath).Tensors[name].ToFloats();

    private async Task<float[][]> VectorsAsync(string embedder)
    {
        using var opened = Embedder.Open(_folder.File(embedder));
        var vectors = new List<float[]>();
        foreach (var label in Enumerable.Range(0, Classes))
        {
            vectors.Add((await opened.EmbedAsync(TinyPictures.Png(20, label, 0), Cancel)).Vector!);
        }

        return [.. vectors];
    }

    private static string Name(int label, int picture) => $"c{label:d2}-{picture}.png";

    private async Task WriteEmbedderAsync(string name, string backbone)
    {
        TinyPictures.WriteFolders(_folder.File("pictures"), classes: 9, each: Each, side: 20);
        var shape = backbone == "googlenet"
            ? """ "name": "googlenet", "inputSize": 16, "stages": 3, "initialization": "fan-in" """
            : """ "name": "deit-tiny", "inputSize": 16, "patchSize": 8, "depth": 1, "width": 32, "heads": 2 """;
        File.WriteAllText(_folder.File("tiny.json"), $$"""
            {
              "dataset": { "name": "folders", "folder": "pictures" },
              "sampler": { "name": "balanced", "classes": 4, "pictures": 3 },
              "augmentation": ["random-affine", "colour-jitter"],
              "backbone": { {{shape}} },
              "head": { "dimension": 12 },
              "training": { "epochs": 2, "learningRate": 1e-3, "averageDecay": 0.5 },
              "evaluation": { "batchSize": 7, "wallQueries": 3 }
            }
            """);
        var workplace = new Workplace(_folder.Path, _folder.File("cache"), TextWriter.Null);
        Task<int> Run(Command command, params string[] arguments) =>
            command.Parse(arguments).InvokeAsync(new() { EnableDefaultExceptionHandler = false }, Cancel);
        Assert.Equal(0, await Run(TrainCommand.Create(workplace), _folder.File("tiny.json"), "--run", _folder.File("run")));
        Assert.Equal(0, await Run(ExportCommand.Create(workplace), _folder.File("run"), "--out", _folder.File(name)));
    }

    private string WriteSnapshot(string embedder, string name, string changes, (string, string, bool)[] pairs)
    {
        var snapshot = _folder.File($"{name}-snapshot");
        Directory.CreateDirectory(Path.Combine(snapshot, "embedder"));
        foreach (var file in new[] { EmbedderManifest.NetworkFileName, EmbedderManifest.FileName })
        {
            File.Copy(Path.Combine(_folder.File(embedder), file), Path.Combine(snapshot, "embedder", file));
        }

        var lines = new List<string> { "path,label,part,item" };
        foreach (
            var (label, picture) in Enumerable
                .Range(0, Classes)
                .SelectMany(label => Enumerable.Range(0, Each).Select(picture => (label, picture))))
        {
            File.WriteAllBytes(Path.Combine(snapshot, Name(label, picture)), TinyPictures.Png(20, label, picture));
            lines.Add($"{Name(label, picture)},class {label},{(label < HeldOut ? "test" : "train")},item-{label}-{picture}");
        }

        foreach (var unlabelled in Enumerable.Range(Classes, 4))
        {
            File.WriteAllBytes(Path.Combine(snapshot, Name(unlabelled, 0)), TinyPictures.Png(20, unlabelled, 0));
        }

        File.WriteAllLines(Path.Combine(snapshot, "pictures.csv"), lines);
        File.WriteAllLines(
            Path.Combine(snapshot, "pairs.csv"), pairs.Select(pair => $"{pair.Item1},{pair.Item2},{(pair.Item3 ? "right" : "wrong")}"));
        File.WriteAllText(Path.Combine(snapshot, "snapshot.json"), $$"""{"name":"{{name}}","recipe":{{changes}}}""");
        return snapshot;
    }

    private Task<JsonObject> NightAsync(string embedder, string name, string changes, params (string, string, bool)[] pairs) =>
        RunAsync(WriteSnapshot(embedder, name, changes, pairs), $"{name}-out");

    private async Task<JsonObject> RunAsync(string snapshot, string output)
    {
        using var text = new StringWriter();
        Assert.Equal(
            0,
            await NightlyCommand
                .Create(text)
                .Parse(["--snapshot", snapshot, "--out", _folder.File(output), "--threads", "1", "--json"])
                .InvokeAsync(new() { EnableDefaultExceptionHandler = false }, Cancel));
        Assert.All(text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.NotNull(JsonNode.Parse(line)));
        return JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.File(output), NightlyRun.OutcomeName)))!.AsObject();
    }

    private async Task<float[]> CosinesAsync(string embedder, (string, string, bool)[] pairs)
    {
        using var opened = Embedder.Open(_folder.File(embedder));
        async Task<float[]> Vector(string name) =>
            (await opened.EmbedAsync(File.ReadAllBytes(Path.Combine(_folder.File("taught-snapshot"), name)), Cancel)).Vector!;
        var cosines = new List<float>();
        foreach (var (query, hit, _) in pairs)
        {
            cosines.Add((await Vector(query)).Zip(await Vector(hit)).Sum(pair => pair.First * pair.Second));
        }

        return [.. cosines];
    }
}
