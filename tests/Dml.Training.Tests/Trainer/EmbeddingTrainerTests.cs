using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Tests.Backbones;
using Dml.Training.Torch;
using Dml.Training.Trainer;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Trainer;

public sealed class EmbeddingTrainerTests : IDisposable
{
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 4,
        LearningRate = 1e-3,
        WarmupEpochs = 1,
        AverageDecay = 0.9,
        ValidateEvery = 3,
    };
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, bool> Kinds => new() { { "deit-tiny", false }, { "deit-tiny", true }, { "googlenet", false } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_killed_and_resumed_run_ends_with_the_same_bytes(string backbone, bool bfloat16)
    {
        using var scope = NewDisposeScope();
        var options = Options with { BFloat16 = bfloat16 ? Toggle.On : Toggle.Off, HeadOnlyEpochs = 1, ClipGradientNorm = 5 };
        var (straight, killed) = (_folder.File("straight"), _folder.File("killed"));
        Train(backbone, options, straight, out var network);

        using var kill = new CancellationTokenSource();
        var recorder = new Recorder { AfterEpoch = e => { if (e.Epoch == 1) { kill.Cancel(); } } };
        Assert.Throws<OperationCanceledException>(() => Train(backbone, options, killed, out _, recorder, kill.Token));
        Assert.NotEqual(File.ReadAllBytes(straight), File.ReadAllBytes(killed));

        Train(backbone, options, killed, out var resumed, resume: true);
        Assert.Equal(File.ReadAllBytes(straight), File.ReadAllBytes(killed));
        var state = resumed.state_dict();
        Assert.All(network.state_dict(), t => Assert.Equal(t.Value.ToFloats(), state[t.Key].ToFloats()));
    }

    [Theory]
    [InlineData("proxy-anchor", false)]
    [InlineData("soft-orthogonal-proxies", true)]
    public void Training_learns_and_reports(string loss, bool bfloat16)
    {
        using var scope = NewDisposeScope();
        var recorder = Train(
            "deit-tiny",
            Options with
            {
                BFloat16 = bfloat16 ? Toggle.On : Toggle.Off,
                Epochs = 8,
            },
            null,
            out var network,
            loss: loss);
        Assert.True(
            recorder.Epochs[^1].Loss < 0.5 * recorder.Epochs[0].Loss, $"from {recorder.Epochs[0].Loss} to {recorder.Epochs[^1].Loss}");
        Assert.Equal(8 * 4, recorder.Steps.Count);
        Assert.Equal([2, 5, 7], recorder.Validations);
        Assert.All(recorder.Epochs, e => Assert.True(e.ImagesPerSecond > 0));
        Assert.True(recorder.Steps[0].LearningRate < recorder.Steps[3].LearningRate);
        Assert.True(recorder.Steps[^1].LearningRate < 0.1 * Options.LearningRate);
        Assert.False(network.training);
    }

    [Fact]
    public void Validation_sees_the_averaged_weights_and_training_goes_on_with_its_own()
    {
        using var scope = NewDisposeScope();
        var seen = new List<float[]>();
        var recorder = new Recorder { AtValidation = n => seen.Add(n.parameters().First().ToFloats()) };
        Train("deit-tiny", Options with { ValidateEvery = 4 }, null, out var averaged, recorder);
        Train("deit-tiny", Options with { AverageDecay = 0 }, null, out var plain);
        Assert.Equal(averaged.parameters().First().ToFloats(), seen[^1]);
        Assert.NotEqual(plain.parameters().First().ToFloats(), seen[^1]);
    }

    [Fact]
    public void Frozen_parameters_do_not_move_and_head_only_epochs_spare_the_backbone()
    {
        using var scope = NewDisposeScope();
        var start = SmallNetworks.Create("deit-tiny").state_dict();
        Train("deit-tiny", Options with { AverageDecay = 0, Frozen = ["backbone.patch_embed"] }, null, out var frozen);
        Assert.Equal(
            start["backbone.patch_embed.proj.weight"].ToFloats(), frozen.state_dict()["backbone.patch_embed.proj.weight"].ToFloats());
        Assert.NotEqual(start["backbone.norm.weight"].ToFloats(), frozen.state_dict()["backbone.norm.weight"].ToFloats());
        Train("deit-tiny", Options with { AverageDecay = 0, HeadOnlyEpochs = 4 }, null, out var headOnly);
        Assert.All(start, t =>
            Assert.Equal(
                t.Key.StartsWith("backbone.", StringComparison.Ordinal),
                t.Value.ToFloats().SequenceEqual(headOnly.state_dict()[t.Key].ToFloats())));
    }

    [Fact]
    public void Frozen_stages_stay_to_the_bit_statistics_included()
    {
        using var scope = NewDisposeScope();
        var start = SmallNetworks.Create("bn-inception").state_dict();
        Train("bn-inception", Options with { Epochs = 1, AverageDecay = 0, FrozenStages = 2 }, null, out var trained);
        Assert.All(start, t =>
            Assert.Equal(
                t.Key.StartsWith("backbone.conv", StringComparison.Ordinal)
                    || t.Key.StartsWith("backbone.inception_3", StringComparison.Ordinal),
                t.Value.ToFloats().SequenceEqual(trained.state_dict()[t.Key].ToFloats())));
        Assert.Throws<RecipeException>(() => Train("bn-inception", Options with { FrozenStages = 5 }, null, out _));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_with_a_clear_error_and_keeps_the_checkpoint()
    {
        using var scope = NewDisposeScope();
        var checkpoint = _folder.File("checkpoint");
        Train("deit-tiny", Options, checkpoint, out _);
        var before = File.ReadAllBytes(checkpoint);
        var error = Assert.Throws<TrainingException>(() =>
            Train("deit-tiny", Options with { LearningRate = 1e25, WarmupEpochs = 0 }, checkpoint, out _));
        Assert.Contains("learningRate", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(checkpoint));
    }

    [Fact]
    public void A_checkpoint_of_another_recipe_or_a_damaged_one_is_refused()
    {
        using var scope = NewDisposeScope();
        var checkpoint = _folder.File("checkpoint");
        Train("deit-tiny", Options with { Epochs = 1 }, checkpoint, out _);
        Assert.Throws<InvalidDataException>(() => Train("googlenet", Options, checkpoint, out _, resume: true));
        var bytes = File.ReadAllBytes(checkpoint);
        File.WriteAllBytes(checkpoint, bytes[..(bytes.Length / 2)]);
        Assert.Throws<InvalidDataException>(() => Train("deit-tiny", Options, checkpoint, out _, resume: true));
        Dml.Training.Weights.NetworkWeights.Save(SmallNetworks.Create("deit-tiny"), checkpoint);
        Assert.Throws<InvalidDataException>(() => Train("deit-tiny", Options, checkpoint, out _, resume: true));
    }

    [Fact]
    public void Options_and_data_that_do_not_fit_are_refused_at_once()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<RecipeException>(() => Train("deit-tiny", Options with { Epochs = 0 }, null, out _));
        Assert.Throws<RecipeException>(() => Train("deit-tiny", Options with { Frozen = ["backbone.patchembed"] }, null, out _));
        Assert.Throws<RecipeException>(() => Train("deit-tiny", Options with { Device = "tpu" }, null, out _));
        Assert.Throws<RecipeException>(() => Train("deit-tiny", Options with { Validation = 0.6 }, null, out _));
        Assert.Throws<RecipeException>(() => Train("deit-tiny", Options with { Keep = KeptEpoch.Best, Validation = 0 }, null, out _));
        Assert.Throws<RecipeException>(() => Train("deit-tiny", Options with { Patience = 3 }, null, out _));
        var network = SmallNetworks.Create("deit-tiny");
        using var trainer = new EmbeddingTrainer(network, LossCatalogue.Create("proxy-anchor", new LossShape(3, 16), null, 1), Options);
        Assert.Throws<RecipeException>(() =>
            trainer.Run(new StripesSource(4, 32, 1, 1), new Recorder(), null, TestContext.Current.CancellationToken));
        Assert.Throws<RecipeException>(() =>
            trainer.Run(new StripesSource(3, 16, 1, 1), new Recorder(), null, TestContext.Current.CancellationToken));
        Assert.Throws<TrainingException>(() =>
            trainer.Run(new StripesSource(3, 32, 0, 1), new Recorder(), null, TestContext.Current.CancellationToken));
    }

    public void Dispose() => _folder.Dispose();

    private static Recorder Train(
        string backbone,
        TrainingOptions options,
        string? checkpoint,
        out EmbeddingNetwork network,
        Recorder? recorder = null,
        CancellationToken? cancel = null,
        bool resume = false,
        string loss = "proxy-anchor")
    {
        recorder ??= new Recorder();
        network = SmallNetworks.Create(backbone);
        using var trainer = new EmbeddingTrainer(network, LossCatalogue.Create(loss, new LossShape(3, 16), null, 1), options);
        if (resume)
        {
            trainer.Resume(checkpoint!);
        }

        trainer.Run(new StripesSource(3, 32, 4, 3), recorder, checkpoint, cancel ?? TestContext.Current.CancellationToken);
        return recorder;
    }
}
