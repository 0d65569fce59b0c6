using System.Diagnostics;
using Dml.Files;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Optimization;
using Dml.Training.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Trainer;

/// <summary>
/// The training loop. A run that is killed and resumed from its checkpoint goes on to the same numbers, to the bit
/// (same machine, same thread count). Must be made, used and disposed on one thread.
/// </summary>
public sealed class EmbeddingTrainer : IDisposable
{
    private readonly EmbeddingNetwork network;
    private readonly EmbeddingLoss loss;
    private readonly TrainingOptions options;
    private readonly Device device;
    private readonly PixelInput pixels;
    private readonly TrainingState state;

    /// <summary>Takes network and loss over to the device and sets the thread count of this process. Settings that are still <see cref="Toggle.Auto"/> mean single precision and channels last.</summary>
    /// <exception cref="RecipeException">An option out of its range, or a device that is not there.</exception>
    public EmbeddingTrainer(EmbeddingNetwork network, EmbeddingLoss loss, TrainingOptions options)
    {
        TrainingOptionsCheck.Throw(options, network, loss);
        this.network = network;
        this.loss = loss;
        this.options = options;
        NativeHeap.KeepFreedMemory();
        set_num_threads(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        device = new Device(options.Device);
        network.to(device);
        loss.Attach(network);
        loss.to(device);
        pixels = new PixelInput(network.Preprocessing, options.ChannelsLast != Toggle.Off);
        state = new TrainingState(network, loss, options);
    }

    /// <summary>Epochs already done and validated; more than 0 after <see cref="Resume"/>.</summary>
    public int EpochsDone => state.EpochsDone;

    /// <summary>Batches already done of the epoch after them.</summary>
    public int BatchesDone => state.Progress.Batches;

    /// <summary>Continues from a checkpoint of the same recipe.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or of another recipe.</exception>
    public void Resume(string checkpoint) => state.Load(checkpoint);

    /// <summary>Trains until the last epoch. Afterwards the network is in evaluation mode and holds the weights to export.</summary>
    /// <param name="source">The batches.</param>
    /// <param name="observer">Told of every step, epoch and validation; of an epoch that a killed run had finished but not validated, once more.</param>
    /// <param name="checkpoint">File that is written after every epoch, every <see cref="TrainingOptions.CheckpointMinutes"/> and when the run is cancelled; null writes none.</param>
    /// <param name="cancel">Ends the run between two steps.</param>
    /// <exception cref="TrainingException">The loss or a weight is no longer a number.</exception>
    public void Run(IBatchSource source, ITrainingObserver observer, string? checkpoint, CancellationToken cancel)
    {
        Check(source);
        var stepsPerEpoch = options.StepsPerEpoch(source.BatchesPerEpoch);
        var schedule = new LearningRateSchedule(
            Math.Max(1, (long)options.Epochs * stepsPerEpoch),
            (long)Math.Round(Math.Min(options.WarmupEpochs, options.Epochs) * stepsPerEpoch),
            options.FinalLearningRateFactor);
        while (state.EpochsDone < options.Epochs)
        {
            var epoch = state.EpochsDone;
            var report = RunEpoch(source, schedule, observer, checkpoint, cancel);
            observer.OnEpoch(report);
            if ((epoch + 1) % options.ValidateEvery == 0 || epoch + 1 == options.Epochs)
            {
                Validate(epoch, observer, cancel);
            }

            // Only now: a run that is killed while it reports or validates does that again.
            state.EndEpoch();
        }

        network.SetTraining(false);
        state.AdoptAverage();
    }

    private EpochReport RunEpoch(IBatchSource source, LearningRateSchedule schedule, ITrainingObserver observer, string? checkpoint, CancellationToken cancel)
    {
        var (epoch, before) = (state.EpochsDone, state.Progress.Images);
        var (time, rate) = (default(TimeShares), options.LearningRate * schedule.Factor(Math.Max(0, state.Steps - 1)));
        if (state.Progress.Batches < source.BatchesPerEpoch)
        {
            BeginEpoch(source, cancel);
            try
            {
                (time, rate) = TakeSteps(source, schedule, observer, checkpoint, cancel);
            }
            // Before the first step the epoch's beginning has changed the loss; the checkpoint of the epoch before stays the right one.
            catch (OperationCanceledException) when (checkpoint is not null && cancel.IsCancellationRequested && state.Progress.Batches > 0)
            {
                state.Save(checkpoint);
                throw;
            }
        }

        var done = state.Progress;
        return new EpochReport(epoch, done.LossSum / done.Images, rate, done.Images, done.Images - before, time);
    }

    private void BeginEpoch(IBatchSource source, CancellationToken cancel)
    {
        manual_seed(Seeds.Mix(options.Seed, state.EpochsDone)).Dispose();
        state.SetHeadOnly(state.EpochsDone < options.HeadOnlyEpochs);
        using (NewDisposeScope())
        {
            var start = new EpochStart(state.EpochsDone, options.Epochs, () => state.EpochEmbeddings ??= EmbedUnchanged(source, cancel).DetachFromDisposeScope());
            loss.BeginEpoch(start);
            source.BeginEpoch(start);
        }

        state.RestoreLoss();
        network.SetTraining(true);
    }

    private (TimeShares Time, double Rate) TakeSteps(IBatchSource source, LearningRateSchedule schedule, ITrainingObserver observer, string? checkpoint, CancellationToken cancel)
    {
        var (time, rate, epoch) = (default(TimeShares), 0.0, state.EpochsDone);
        var (clock, sinceCheckpoint) = (Stopwatch.StartNew(), Stopwatch.StartNew());
        foreach (var batches in source.Epoch(epoch, state.Progress.Batches, cancel).Chunk(options.Accumulate))
        {
            cancel.ThrowIfCancellationRequested();
            rate = options.LearningRate * schedule.Factor(state.Steps);
            var step = Step(batches, rate, clock.Elapsed);
            var images = batches.Sum(b => b.Labels.Length);
            time += step.Time;
            observer.OnStep(new StepReport(epoch, state.Progress.Batches, state.Steps, step.Loss, rate, images, step.Time));
            state.CountStep(batches.Length, images, step.Loss);
            if (checkpoint is not null && options.CheckpointMinutes > 0 && sinceCheckpoint.Elapsed.TotalMinutes >= options.CheckpointMinutes)
            {
                state.Save(checkpoint);
                sinceCheckpoint.Restart();
            }

            clock.Restart();
        }

        if (checkpoint is not null)
        {
            state.Save(checkpoint);
        }

        return (time, rate);
    }

    /// <summary>A step with a learning rate of zero, for those who time it.</summary>
    internal (double Loss, TimeShares Time) StepWithoutLearning(Batch batch) => Step([batch], rate: 0, data: default);

    // The gradients of several batches are averaged, each batch weighing as many pictures as it has.
    private (double Loss, TimeShares Time) Step(Batch[] batches, double rate, TimeSpan data)
    {
        var images = batches.Sum(b => b.Labels.Length);
        var (sum, forward) = (0.0, TimeSpan.Zero);
        using var scope = NewDisposeScope();
        state.Optimizer.ZeroGradients();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < batches.Length; i++)
        {
            var share = (double)batches[i].Labels.Length / images;
            // Set anew for each batch: a run that goes on in the middle of an epoch needs no generator's state.
            manual_seed(Seeds.Mix(options.Seed, state.EpochsDone, state.Progress.Batches + i)).Dispose();
            var began = clock.Elapsed;
            var value = loss.Compute(Forward(batches[i]));
            var number = (double)value.item<float>();
            if (!double.IsFinite(number))
            {
                throw Broken(batches[i], state.Progress.Batches + i, number);
            }

            forward += clock.Elapsed - began;
            (batches.Length == 1 ? value : value * share).backward();
            sum += share * number;
        }

        loss.AfterBackward(network);
        var beforeUpdate = clock.Elapsed;
        state.Update(rate);
        return (sum, new TimeShares(data, forward, beforeUpdate - forward, clock.Elapsed - beforeUpdate));
    }

    private TrainingException Broken(Batch batch, int number, double value) => new(
        $"The loss became {value} in epoch {state.EpochsDone + 1}, batch {number + 1}, step {state.Steps + 1}. Lower learningRate ({options.LearningRate}), lengthen warmupEpochs or set clipGradientNorm; the last checkpoint is untouched.")
    {
        Broken = new(batch, state.EpochsDone, number, state.Steps, value),
    };

    private LossBatch Forward(Batch batch)
    {
        using var precision = Precision.Enter(options.BFloat16 == Toggle.On, device);
        var features = batch.Features is { } known
            ? tensor(known, [batch.Labels.Length, network.Head.FeatureDimension]).to(device)
            : Look(batch.Rgb);
        return new LossBatch(network.Head.Project(features), batch.Labels)
        {
            Pictures = batch.Pictures,
            Features = features,
            Project = network.Head.Project,
        };
    }

    // The pictures themselves are the largest tensor of a step, and nobody needs them any longer.
    private Tensor Look(byte[] rgb)
    {
        using var scope = NewDisposeScope();
        return network.Head.Pool(network.Backbone.call(pixels.ToTensor(rgb, device))).MoveToOuterDisposeScope();
    }

    private Tensor EmbedUnchanged(IBatchSource source, CancellationToken cancel)
    {
        network.SetTraining(false);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var parts = source.Unchanged(cancel).Select(batch =>
        {
            using var inner = NewDisposeScope();
            return Forward(batch).Embeddings.MoveToOuterDisposeScope();
        }).ToList();
        return cat(parts).MoveToOuterDisposeScope();
    }

    private void Validate(int epoch, ITrainingObserver observer, CancellationToken cancel)
    {
        network.SetTraining(false);
        state.SwapAverage();
        try
        {
            observer.OnValidation(epoch, network, cancel);
        }
        finally
        {
            state.SwapAverage();
        }
    }

    private void Check(IBatchSource source)
    {
        if (source.BatchesPerEpoch < 1)
        {
            throw new TrainingException("An epoch has no batch: there are fewer pictures than a batch takes.");
        }

        if (source.InputSize != network.Preprocessing.InputSize || source.ClassCount != loss.Shape.Classes)
        {
            throw new RecipeException(
                $"The data has pictures of side {source.InputSize} and {source.ClassCount} classes, network and loss were built for {network.Preprocessing.InputSize} and {loss.Shape.Classes}.");
        }
    }

    /// <summary>Frees moments and averages; network and loss stay with the caller.</summary>
    public void Dispose() => state.Dispose();
}
