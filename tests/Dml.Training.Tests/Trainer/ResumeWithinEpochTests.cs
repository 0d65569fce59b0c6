using Dml.Training.Losses;
using Dml.Training.Tests.Backbones;
using Dml.Training.Trainer;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Trainer;

/// <summary>
/// A run that is stopped between any two steps goes on to the same bytes. Runs alone: libtorch's generator, which losses draw from, is the
/// process's.
/// </summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class ResumeWithinEpochTests : IDisposable
{
    private const int Classes = 3,
        PerClass = 3,
        Batches = 4;
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 2,
        LearningRate = 1e-3,
        AverageDecay = 0.9,
        ValidateEvery = 2,
        BFloat16 = Toggle.Off,
    };
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Losses => [.. LossCatalogue.All.Select(l => l.Name), Drifting.Named];

    [Theory]
    [MemberData(nameof(Losses))]
    public void Whatever_the_loss_keeps_or_draws(string loss)
    {
        using var scope = NewDisposeScope();
        var (straight, stopped) = (_folder.File("straight"), _folder.File("stopped"));
        Train("deit-tiny", loss, Options, straight, stopAfter: null, resume: false);
        foreach (var steps in (int[])[2, 4, 7])
        {
            Train("deit-tiny", loss, Options, stopped, steps, resume: steps > 2);
            Assert.NotEqual(File.ReadAllBytes(straight), File.ReadAllBytes(stopped));
        }

        Train("deit-tiny", loss, Options, stopped, stopAfter: null, resume: true);
        Assert.Equal(File.ReadAllBytes(straight), File.ReadAllBytes(stopped));
    }

    [Fact]
    public void With_batch_norms_and_several_batches_an_update()
    {
        using var scope = NewDisposeScope();
        var (straight, stopped, options) = (
            _folder.File("straight"),
            _folder.File("stopped"),
            Options with
            {
                Accumulate = 3,
                HeadOnlyEpochs = 1,
            }
        );
        Train("bn-inception", "proxy-anchor", options, straight, stopAfter: null, resume: false);
        Train("bn-inception", "proxy-anchor", options, stopped, stopAfter: 3, resume: false);
        Train("bn-inception", "proxy-anchor", options, stopped, stopAfter: null, resume: true);
        Assert.Equal(File.ReadAllBytes(straight), File.ReadAllBytes(stopped));
    }

    [Fact]
    public void A_finished_epoch_that_was_not_reported_is_reported_once_more()
    {
        using var scope = NewDisposeScope();
        var checkpoint = _folder.File("checkpoint");
        var first = new Recorder { AtValidation = _ => throw new IOException("killed here") };
        Assert.Throws<IOException>(() => Train("deit-tiny", "proxy-anchor", Options, checkpoint, null, resume: false, first));
        var second = Train("deit-tiny", "proxy-anchor", Options, checkpoint, null, resume: true);
        Assert.Equal([1], second.Validations);
        Assert.Empty(second.Steps);
        Assert.Equal(first.Epochs[1] with { Time = default, Timed = 0 }, second.Epochs.Single() with { Time = default });
    }

    [Fact]
    public void Checkpoints_come_by_the_clock_too()
    {
        using var scope = NewDisposeScope();
        var checkpoint = _folder.File("checkpoint");
        var written = new List<DateTime>();
        var recorder = new Recorder { AfterStep = _ => written.Add(File.GetLastWriteTimeUtc(checkpoint)) };
        Train("deit-tiny", "proxy-anchor", Options with { CheckpointMinutes = 1e-9 }, checkpoint, null, resume: false, recorder);
        Assert.Equal(2 * Batches, written.Distinct().Count());
        written.Clear();
        Train("deit-tiny", "proxy-anchor", Options with { CheckpointMinutes = 0 }, checkpoint, null, resume: false, recorder);
        Assert.Equal(2, written.Distinct().Count());
    }

    public void Dispose() => _folder.Dispose();

    private static Recorder Train(
        string backbone, string loss, TrainingOptions options, string checkpoint, int? stopAfter, bool resume, Recorder? recorder = null)
    {
        using var stop = new CancellationTokenSource();
        recorder ??= new Recorder { AfterStep = s => { if (s.Step + 1 == stopAfter) { stop.Cancel(); } } };
        var network = SmallNetworks.Create(backbone);
        int[] labels = [.. Enumerable.Range(0, Classes * PerClass).Select(i => i % Classes)];
        var shape = new LossShape(Classes, network.Dimension)
        {
            FeatureDimension = network.Head.FeatureDimension,
            PictureLabels = labels,
            TeacherVectors = [.. labels.Select((label, i) => new[] { MathF.Cos(label + (.1f * i)), MathF.Sin(label + (.1f * i)) })],
        };
        using var trainer = new EmbeddingTrainer(
            network, loss == Drifting.Named ? new Drifting(shape) : LossCatalogue.Create(loss, shape, null, 1), options);
        if (resume)
        {
            trainer.Resume(checkpoint);
        }

        var run = () => trainer.Run(new StripesSource(Classes, 32, Batches, PerClass), recorder, checkpoint, stop.Token);
        if (stopAfter is null)
        {
            run();
        }
        else
        {
            Assert.Throws<OperationCanceledException>(run);
        }

        return recorder;
    }

    /// <summary>
    /// Does all that a loss may: looks at the training set before an epoch, keeps a buffer over steps, draws random numbers.
    /// </summary>
    private sealed class Drifting : EmbeddingLoss
    {
        internal const string Named = "drifting";
        [ComponentName(Name = "centre")]
        private readonly Tensor _centre;
        [ComponentName(Name = "seen")]
        private Tensor? _seen;

        internal Drifting(LossShape shape) : base(nameof(Drifting), shape)
        {
            _centre = zeros([shape.Dimension]);
            RegisterComponents();
        }

        public override void BeginEpoch(EpochStart start)
        {
            _centre.mul_(0.5);
            _seen = start.Embeddings.mean([0L]).DetachFromDisposeScope();
        }

        protected override Tensor Loss(LossBatch batch)
        {
            using (no_grad())
            {
                _centre.mul_(0.9).add_(batch.Embeddings.detach().mean([0L]), 0.1);
            }

            return (batch.Embeddings - _centre - (_seen! * rand([1]))).pow(2).mean() + 1;
        }
    }
}
