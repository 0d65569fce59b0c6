using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Tests.Backbones;
using Dml.Training.Trainer;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Trainer;

/// <summary>Runs alone: libtorch has one generator for the whole process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class LossStateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Stateful => new()
    {
        { "das", "{}" },
        { "iaa", """{ "estimateEvery": 2 }""" },
        { "rotation-hard-samples", "{}" },
        { "alternating-projections", """{ "lifetime": 2, "lambda": 0.1 }""" },
        { "hier", """{ "proxies": 16 }""" },
        { "ensemble-losses", "{}" },
        { "hard-sample-synthesis", """{ "warmupSteps": 3 }""" },
        { "cross-batch-memory", """{ "warmupSteps": 3 }""" },
        { "bspml", """{ "warmupEpochs": 1 }""" },
        { "gaussian-subspaces", """{ "classificationWeight": 1, "discoverEvery": 2 }""" },
    };

    [Theory]
    [MemberData(nameof(Stateful))]
    public void A_run_of_a_loss_that_remembers_goes_on_to_the_same_bytes(string name, string options) =>
        GoesOn(name, options, new("linear") { Options = new() { ["dimension"] = 16 } });

    [Fact]
    public void A_run_of_a_head_that_takes_weights_of_its_loss_goes_on_to_the_same_bytes()
        => GoesOn("ensemble-losses", "{}", new("ensemble") { Options = new() { ["width"] = 4, ["compressed"] = 8 } });

    [Theory]
    [InlineData("adamw", "cosine")]
    [InlineData("adam", "constant")]
    [InlineData("radam", "step")]
    [InlineData("sgd", "step")]
    public void A_run_of_any_optimizer_goes_on_to_the_same_bytes(string optimizer, string schedule) => GoesOn(
        "arcface", "{}", new("linear") { Options = new() { ["dimension"] = 16 } },
        new() { Optimizer = new(optimizer), Schedule = new(schedule), ClipGradientValue = .1 });

    private void GoesOn(string name, string options, MethodChoice head, TrainingOptions? training = null)
    {
        using var scope = NewDisposeScope();
        var (straight, killed) = (_folder.File("straight"), _folder.File("killed"));
        Train(name, options, head, training, straight, false, null, TestContext.Current.CancellationToken);

        using var kill = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
            Train(
                name,
                options,
                head,
                training,
                killed,
                false,
                e =>
                {
                    if (e.Epoch == 2)
                    {
                        kill.Cancel();
                    }
                },
                kill.Token));
        Train(name, options, head, training, killed, true, null, TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(straight), File.ReadAllBytes(killed));
    }

    public void Dispose() => _folder.Dispose();

    private static void Train(
        string name, string options, MethodChoice head, TrainingOptions? training, string checkpoint, bool resume,
        Action<EpochReport>? afterEpoch, CancellationToken cancel)
    {
        var network = EmbeddingNetwork.Create(new("deit-tiny") { Options = SmallNetworks.Options("deit-tiny") }, head, seed: 1);
        var shape = new LossShape(3, 16)
        {
            FeatureDimension = network.Head.FeatureDimension,
            PictureLabels = [.. Enumerable.Range(0, 9).Select(i => i % 3)],
        };
        using var loss = LossCatalogue.Create(name, shape, JsonNode.Parse(options)!.AsObject(), 1);
        using var trainer = new EmbeddingTrainer(
            network,
            loss,
            (training ?? new()) with
            {
                Epochs = 5,
                LearningRate = 1e-3,
                WarmupEpochs = 1,
                ValidateEvery = 5,
            }
        );
        if (resume)
        {
            trainer.Resume(checkpoint);
        }

        trainer.Run(new StripesSource(3, 32, 2, 3), new Recorder { AfterEpoch = afterEpoch }, checkpoint, cancel);
    }
}
