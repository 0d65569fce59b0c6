using Dml.Training.Losses;
using Dml.Training.Tests.Backbones;
using Dml.Training.Trainer;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Trainer;

/// <summary>Runs alone: losses that draw do so from libtorch's generator, of which a process has one.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class LossTrainingTests : IDisposable
{
    private static readonly TrainingOptions Options = new() { Epochs = 2, LearningRate = 1e-3, ValidateEvery = 9 };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names => [.. LossCatalogue.All.Select(m => m.Name)];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_killed_and_resumed_run_ends_with_the_same_bytes_whatever_the_loss(string name)
    {
        using var scope = NewDisposeScope();
        var (straight, killed) = (folder.File("straight"), folder.File("killed"));
        Train(name, straight, new Recorder(), TestContext.Current.CancellationToken);

        using var kill = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Train(name, killed, new Recorder { AfterEpoch = _ => kill.Cancel() }, kill.Token));
        Assert.NotEqual(File.ReadAllBytes(straight), File.ReadAllBytes(killed));
        Train(name, killed, new Recorder(), TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(straight), File.ReadAllBytes(killed));
    }

    private static void Train(string name, string checkpoint, Recorder recorder, CancellationToken cancel)
    {
        const int pictures = 9;
        using var network = SmallNetworks.Create("deit-tiny");
        using var loss = LossCatalogue.Create(name, new(3, network.Dimension)
        {
            FeatureDimension = network.Head.FeatureDimension,
            PictureLabels = [.. Enumerable.Range(0, pictures).Select(i => i % 3)],
            PictureModalities = [.. Enumerable.Range(0, pictures).Select(i => i / 3 % 2)],
            TeacherVectors = [.. Enumerable.Range(0, pictures).Select(i => new[] { MathF.Cos(i % 3), MathF.Sin(i % 3) })],
        }, null, 1);
        using var trainer = new EmbeddingTrainer(network, loss, Options);
        if (File.Exists(checkpoint))
        {
            trainer.Resume(checkpoint);
        }

        trainer.Run(new StripesSource(3, 32, 2, pictures / 3), recorder, checkpoint, cancel);
    }
}
