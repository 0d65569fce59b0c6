using Dml.Training.Catalogues;
using Dml.Training.Commands;
using Dml.Training.Recipes;
using Dml.Training.Reporting;
using Dml.Training.Runs;
using Dml.Training.Trainer;

namespace Dml.Training.Tests.Commands;

/// <summary>What a run chooses for itself must change nothing else.</summary>
public sealed class SpeedSettingsTests : IDisposable
{
    private const string RecipeText = """
        {
          "dataset": { "name": "folders", "folder": "pictures" },
          "sampler": { "name": "balanced", "classes": 4, "pictures": 3 },
          "backbone": { "name": "googlenet", "inputSize": 16, "stages": 3, "initialization": "fan-in" },
          "head": { "dimension": 12 },
          "training": { "epochs": 2, "learningRate": 1e-3, "validateEvery": 2 }
        }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();

    public SpeedSettingsTests()
    {
        TinyPictures.WriteFolders(_folder.File("pictures"), classes: 9, each: 5, side: 20);
        File.WriteAllText(_folder.File("tiny.json"), RecipeText);
    }

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_run_that_chose_and_one_that_was_told_so_end_with_the_same_bytes()
    {
        await Train("chose");
        var line = RunFolder.Open(_folder.File("chose")).ReadMetrics().Single(m => (string?)m["kind"] == "speed");
        Assert.Equal(4, line["trials"]!.AsArray().Count);
        Assert.All(line["trials"]!.AsArray(), t => Assert.InRange((double)t!["loss"]!, 0, 1000));
        Assert.Contains($"computes in: {line["why"]}", _output.ToString(), StringComparison.Ordinal);
        await Train(
            "told", $"training.bFloat16={((bool)line["bFloat16"]! ? "on" : "off")}",
            $"training.channelsLast={((bool)line["channelsLast"]! ? "on" : "off")}");
        Assert.DoesNotContain(RunFolder.Open(_folder.File("told")).ReadMetrics(), m => (string?)m["kind"] == "speed");
        Assert.Equal(Weights("chose"), Weights("told"));
    }

    [Fact]
    public async Task A_run_keeps_what_its_first_start_chose()
    {
        await Train("forced", "training.bFloat16=on", "training.channelsLast=off");
        await Train("other", "training.bFloat16=off", "training.channelsLast=off");
        Assert.NotEqual(Weights("forced"), Weights("other"));
        var recipe = RecipeFile.Load(_folder.File("tiny.json"), []).Resolve();
        RunFolder.Begin(_folder.File("chosen"), recipe).AppendMetrics(MetricsLine.Of(new SpeedChoice(true, false, "an earlier start", [])));
        Assert.Equal(
            0,
            await TrainCommand
                .Create(new(_folder.Path, _folder.File("cache"), _output))
                .Parse(["--resume", "--run", _folder.File("chosen")])
                .InvokeAsync(new() { EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken));
        Assert.Equal(Weights("forced"), Weights("chosen"));
    }

    [Fact]
    public void Where_libtorch_cannot_run_in_bfloat16_auto_says_so_and_tries_nothing()
    {
        var options = new TrainingOptions { BFloat16 = Toggle.Auto, ChannelsLast = Toggle.On };

        var choice = SpeedTest.Choose(
            options, hasBFloat16: false, copy: null!, source: null!, TestContext.Current.CancellationToken);

        Assert.Equal((false, true), (choice.BFloat16, choice.ChannelsLast));
        Assert.Contains("bfloat16 is not available", choice.Why, StringComparison.Ordinal);
        Assert.Empty(choice.Trials);
    }

    [Fact]
    public async Task An_option_out_of_its_range_is_refused_before_a_picture_is_decoded()
    {
        var refused = await Assert.ThrowsAsync<RecipeException>(() => Train("none", "training.accumulate=0"));

        Assert.Contains("accumulate must be at least 1", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("cache")));
    }

    [Theory]
    [InlineData("true", Toggle.On)]
    [InlineData("false", Toggle.Off)]
    [InlineData("\"auto\"", Toggle.Auto)]
    [InlineData("\"on\"", Toggle.On)]
    public void Recipes_write_it_either_way(string json, Toggle expected)
    {
        var recipe = RecipeFile.Read($$"""{ "training": { "bFloat16": {{json}} } }""", []);
        Assert.Equal(expected, recipe.Training.BFloat16);
        Assert.Equal(expected.ToString(), (string?)recipe.ToJson()["training"]!["bFloat16"], ignoreCase: true);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("\"maybe\"")]
    [InlineData("\"7\"")]
    public void Anything_else_is_refused(string json) =>
        Assert.Contains(
            "auto, on or off",
            Assert.Throws<RecipeException>(() => RecipeFile.Read($$"""{ "training": { "bFloat16": {{json}} } }""", [])).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task A_device_that_is_missing_is_refused()
    {
        if (TorchSharp.torch.cuda.is_available())
        {
            Assert.Skip("This machine has CUDA.");
        }

        var error = await Assert.ThrowsAsync<RecipeException>(() => Train("cuda", "--device"));
        Assert.Contains("-p:Torch=cuda", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(RunFolder.Open(_folder.File("cuda")).MetricsPath));
    }

    private byte[] Weights(string run) => File.ReadAllBytes(RunFolder.Open(_folder.File(run)).WeightsPath);

    private async Task Train(string run, params string[] settings)
    {
        _output.GetStringBuilder().Clear();
        string[] more = settings is ["--device"] ? ["--device", "cuda"] : [.. settings.SelectMany(s => new[] { "--set", s })];
        Assert.Equal(
            0,
            await TrainCommand
                .Create(new(_folder.Path, _folder.File("cache"), _output))
                .Parse([_folder.File("tiny.json"), "--run", _folder.File(run), .. more])
                .InvokeAsync(new() { EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken));
    }
}
