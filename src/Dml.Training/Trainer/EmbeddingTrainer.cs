using System.Diagnostics;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Optimization;
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

    /// <summary>Takes network and loss over to the device and sets the thread count of this process.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
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
        pixels = new PixelInput(network.Preprocessing, options.ChannelsLast);
        state = new TrainingState(network, loss, options);
    }

    /// <summary>Epochs already done; more than 0 after <see cref="Resume"/>.</summary>
    public int EpochsDone => state.EpochsDone;

    /// <summary>Continues from a checkpoint of the same recipe.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or of another recipe.</exception>
    public void Resume(string checkpoint) => state.Load(checkpoint);

    /// <summary>Trains until the last epoch. Afterwards the network is in evaluation mode and holds the weights to export.</summary>
    /// <param name="source">The batches.</param>
    /// <param name="observer">Told of every step, epoch and validation.</param>
    /// <param name="checkpoint">File that is written after every epoch; null writes none.</param>
    /// <param name="cancel">Ends the run between two steps; the last checkpoint stays.</param>
    /// <exception cref="TrainingException">The loss is no longer a number.</exception>
    public void Run(IBatchSource source, ITrainingObserver observer, string? checkpoint, CancellationToken cancel)
    {
        Check(source);
        var schedule = new LearningRateSchedule(
            Math.Max(1, (long)options.Epochs * source.BatchesPerEpoch),
            (long)Math.Round(Math.Min(options.WarmupEpochs, options.Epochs) * source.BatchesPerEpoch),
            options.FinalLearningRateFactor);
        while (state.EpochsDone < options.Epochs)
        {
            var epoch = state.EpochsDone;
            var report = RunEpoch(source, schedule, epoch, observer, cancel);
            state.EpochsDone++;
            if (checkpoint is not null)
            {
                state.Save(checkpoint);
            }

            observer.OnEpoch(report);
            if (state.EpochsDone % options.ValidateEvery == 0 || state.EpochsDone == options.Epochs)
            {
                Validate(epoch, observer, cancel);
            }
        }

        network.SetTraining(false);
        state.AdoptAverage();
    }

    private EpochReport RunEpoch(IBatchSource source, LearningRateSchedule schedule, int epoch, ITrainingObserver observer, CancellationToken cancel)
    {
        // Set anew each epoch from the run's seed: a resumed run needs no generator state.
        manual_seed(unchecked(((long)options.Seed << 32) + epoch));
        state.SetHeadOnly(epoch < options.HeadOnlyEpochs);
        using (NewDisposeScope())
        {
            var start = new EpochStart(epoch, options.Epochs, () => EmbedUnchanged(source, cancel));
            loss.BeginEpoch(start);
            source.BeginEpoch(start);
        }

        network.SetTraining(true);
        var (batch, images, lossSum, time, rate) = (0, 0L, 0.0, default(TimeShares), 0.0);
        var clock = Stopwatch.StartNew();
        foreach (var next in source.Epoch(epoch, cancel))
        {
            cancel.ThrowIfCancellationRequested();
            rate = options.LearningRate * schedule.Factor(state.Steps);
            var step = Step(next, rate, clock.Elapsed);
            if (!double.IsFinite(step.Loss))
            {
                throw new TrainingException(
                    $"The loss became {step.Loss} in epoch {epoch + 1}, batch {batch + 1}. Lower learningRate ({options.LearningRate}), lengthen warmupEpochs or set clipGradientNorm; the checkpoint of the epoch before is untouched.");
            }

            (images, lossSum, time) = (images + next.Labels.Length, lossSum + (step.Loss * next.Labels.Length), time + step.Time);
            observer.OnStep(new StepReport(epoch, batch, state.Steps, step.Loss, rate, next.Labels.Length, step.Time));
            state.Steps++;
            batch++;
            clock.Restart();
        }

        if (batch == 0)
        {
            throw new TrainingException("The epoch had no batch: there are fewer pictures than a batch takes.");
        }

        return new EpochReport(epoch, lossSum / images, rate, images, time);
    }

    private (double Loss, TimeShares Time) Step(Batch batch, double rate, TimeSpan data)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        state.Optimizer.ZeroGradients();
        var value = loss.Compute(Forward(batch));
        var number = (double)value.item<float>();
        var forward = clock.Elapsed;
        if (!double.IsFinite(number))
        {
            return (number, new TimeShares(data, forward, default, default));
        }

        value.backward();
        loss.AfterBackward(network);
        var backward = clock.Elapsed;
        state.Update(rate);
        return (number, new TimeShares(data, forward, backward - forward, clock.Elapsed - backward));
    }

    private LossBatch Forward(Batch batch)
    {
        using var precision = Precision.Enter(options.BFloat16, device);
        var features = batch.Features is { } known
            ? tensor(known, [batch.Labels.Length, network.Head.FeatureDimension]).to(device)
            : network.Head.Pool(network.Backbone.call(pixels.ToTensor(batch.Rgb, device)));
        return new LossBatch(network.Head.Project(features), batch.Labels)
        {
            Pictures = batch.Pictures,
            Features = features,
            Project = network.Head.Project,
        };
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
        if (source.InputSize != network.Preprocessing.InputSize || source.ClassCount != loss.Shape.Classes)
        {
            throw new RecipeException(
                $"The data has pictures of side {source.InputSize} and {source.ClassCount} classes, network and loss were built for {network.Preprocessing.InputSize} and {loss.Shape.Classes}.");
        }
    }

    /// <summary>Frees moments and averages; network and loss stay with the caller.</summary>
    public void Dispose() => state.Dispose();
}
