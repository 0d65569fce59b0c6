using System.Diagnostics;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Numerics;
using Dml.Training.Optimization;
using Dml.Training.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Trainer;

/// <summary>
/// The training loop. A run that is killed and resumed from its checkpoint arrives at the same numbers, to the bit
/// (same machine, same thread count). Must be made, used and disposed on one thread.
/// </summary>
public sealed class EmbeddingTrainer : IDisposable
{
    private readonly EmbeddingNetwork _network;
    private readonly EmbeddingLoss _loss;
    private readonly TrainingOptions _options;
    private readonly Device _device;
    private readonly PixelInput _pixels;
    private readonly TrainingState _state;

    /// <summary>
    /// Moves network and loss to the device and sets the thread count of this process. Settings that are still
    /// <see cref="Toggle.Auto"/> mean single precision and channels last.
    /// </summary>
    /// <exception cref="RecipeException">An option out of its range, or a device that does not exist.</exception>
    public EmbeddingTrainer(EmbeddingNetwork network, EmbeddingLoss loss, TrainingOptions options)
    {
        TrainingOptionsCheck.Throw(options, network, loss);
        _network = network;
        _loss = loss;
        _options = options;
        set_num_threads(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        _device = new Device(options.Device);
        network.to(_device);
        loss.Attach(network);
        loss.to(_device);
        _pixels = new PixelInput(network.Preprocessing, options.ChannelsLast != Toggle.Off);
        _state = new TrainingState(network, loss, options);
    }

    /// <summary>Epochs already done and validated; more than 0 after <see cref="Resume"/>.</summary>
    public int EpochsDone => _state.EpochsDone;

    /// <summary>Batches already done of the epoch after them.</summary>
    public int BatchesDone => _state.Progress.Batches;

    /// <summary>Continues from a checkpoint of the same recipe.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or of another recipe.</exception>
    public void Resume(string checkpoint) => _state.Load(checkpoint);

    /// <summary>
    /// Trains until the last epoch, or until the observer has enough. Afterwards the network is in evaluation mode and holds the weights of
    /// the last validation.
    /// </summary>
    /// <param name="source">The batches.</param>
    /// <param name="observer">
    /// Called after every step, epoch and validation; once more for an epoch that a killed run had finished but not validated.
    /// </param>
    /// <param name="checkpoint">
    /// File that is written after every epoch, every <see cref="TrainingOptions.CheckpointMinutes"/> and when the run is cancelled; null
    /// writes none.
    /// </param>
    /// <param name="cancel">Ends the run between two steps.</param>
    /// <exception cref="TrainingException">The loss or a weight is no longer a number.</exception>
    public void Run(IBatchSource source, ITrainingObserver observer, string? checkpoint, CancellationToken cancel)
    {
        Check(source);
        var stepsPerEpoch = _options.StepsPerEpoch(source.BatchesPerEpoch);
        var schedule = new LearningRateSchedule(
            Math.Max(1, (long)_options.Epochs * stepsPerEpoch),
            (long)Math.Round(Math.Min(_options.WarmupEpochs, _options.Epochs) * stepsPerEpoch),
            _options.FinalLearningRateFactor)
        {
            Curve = ScheduleCatalogue.Create(_options.Schedule),
            StepsPerEpoch = stepsPerEpoch,
        };
        while (_state.EpochsDone < _options.Epochs && !observer.HasEnough)
        {
            var epoch = _state.EpochsDone;
            var report = RunEpoch(source, schedule, observer, checkpoint, cancel);
            observer.OnEpoch(report);
            if ((epoch + 1) % _options.ValidateEvery == 0 || epoch + 1 == _options.Epochs)
            {
                Validate(epoch, observer, cancel);
            }

            // Only now: a run that is killed while it reports or validates repeats it.
            _state.EndEpoch();
        }

        _network.SetTraining(false);
        _state.AdoptAverage();
    }

    private EpochReport RunEpoch(
        IBatchSource source, LearningRateSchedule schedule, ITrainingObserver observer, string? checkpoint, CancellationToken cancel)
    {
        var (epoch, before) = (_state.EpochsDone, _state.Progress.Images);
        var (time, rate) = (default(TimeShares), _options.LearningRate * schedule.Factor(Math.Max(0, _state.Steps - 1), observer.Figures));
        if (_state.Progress.Batches < source.BatchesPerEpoch)
        {
            BeginEpoch(source, cancel);
            try
            {
                (time, rate) = TakeSteps(source, schedule, observer, checkpoint, cancel);
            }
            // Before the first step, beginning the epoch has changed only the loss; the checkpoint of the previous epoch stays valid.
            catch (OperationCanceledException)
                when (checkpoint is not null && cancel.IsCancellationRequested && _state.Progress.Batches > 0)
            {
                _state.Save(checkpoint);
                throw;
            }
        }

        var done = _state.Progress;
        return new EpochReport(epoch, done.LossSum / done.Images, rate, done.Images, done.Images - before, time);
    }

    private void BeginEpoch(IBatchSource source, CancellationToken cancel)
    {
        manual_seed(Seeds.Mix(_options.Seed, _state.EpochsDone)).Dispose();
        _state.SetHeadOnly(_state.EpochsDone < _options.HeadOnlyEpochs);
        using (NewDisposeScope())
        {
            var start = new EpochStart(_state.EpochsDone, _options.Epochs, () =>
                _state.EpochEmbeddings ??= EmbedUnchanged(source, cancel).DetachFromDisposeScope());
            _loss.BeginEpoch(start);
            source.BeginEpoch(start);
        }

        _state.RestoreLoss();
        _network.SetTraining(true);
    }

    private (TimeShares Time, double Rate) TakeSteps(
        IBatchSource source, LearningRateSchedule schedule, ITrainingObserver observer, string? checkpoint, CancellationToken cancel)
    {
        var (time, rate, epoch) = (default(TimeShares), 0.0, _state.EpochsDone);
        var figures = observer.Figures;
        var (clock, sinceCheckpoint) = (Stopwatch.StartNew(), Stopwatch.StartNew());
        foreach (var batches in source.Epoch(epoch, _state.Progress.Batches, cancel).Chunk(_options.Accumulate))
        {
            cancel.ThrowIfCancellationRequested();
            rate = _options.LearningRate * schedule.Factor(_state.Steps, figures);
            var step = Step(batches, rate, clock.Elapsed);
            var images = batches.Sum(b => b.Labels.Length);
            time += step.Time;
            observer.OnStep(new StepReport(epoch, _state.Progress.Batches, _state.Steps, step.Loss, rate, images, step.Time));
            _state.CountStep(batches.Length, images, step.Loss);
            if (
                checkpoint is not null
                && _options.CheckpointMinutes > 0
                && sinceCheckpoint.Elapsed.TotalMinutes >= _options.CheckpointMinutes)
            {
                _state.Save(checkpoint);
                sinceCheckpoint.Restart();
            }

            clock.Restart();
        }

        if (checkpoint is not null)
        {
            _state.Save(checkpoint);
        }

        return (time, rate);
    }

    /// <summary>A step with a learning rate of zero, to time it.</summary>
    internal (double Loss, TimeShares Time) StepWithoutLearning(Batch batch) => Step([batch], rate: 0, data: default);

    // The gradients of several batches are averaged, each batch weighted by its number of pictures.
    private (double Loss, TimeShares Time) Step(Batch[] batches, double rate, TimeSpan data)
    {
        var images = batches.Sum(b => b.Labels.Length);
        var (sum, forward) = (0.0, TimeSpan.Zero);
        using var scope = NewDisposeScope();
        _state.Optimizer.ZeroGradients();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < batches.Length; i++)
        {
            var share = (double)batches[i].Labels.Length / images;
            // Seeded for each batch: a run that resumes in the middle of an epoch needs no state of the generator.
            manual_seed(Seeds.Mix(_options.Seed, _state.EpochsDone, _state.Progress.Batches + i)).Dispose();
            var began = clock.Elapsed;
            var value = _loss.Compute(Forward(batches[i]));
            var number = (double)value.item<float>();
            if (!double.IsFinite(number))
            {
                throw Broken(batches[i], _state.Progress.Batches + i, number);
            }

            forward += clock.Elapsed - began;
            (batches.Length == 1 ? value : value * share).backward();
            sum += share * number;
        }

        _loss.AfterBackward(_network);
        var beforeUpdate = clock.Elapsed;
        _state.Update(rate);
        return (sum, new TimeShares(data, forward, beforeUpdate - forward, clock.Elapsed - beforeUpdate));
    }

    private TrainingException Broken(Batch batch, int number, double value) =>
        new(
            $"The loss became {value} in epoch {_state.EpochsDone + 1}, batch {number + 1}, step {_state.Steps + 1}. Lower learningRate "
                + $"({_options.LearningRate}), lengthen warmupEpochs or set clipGradientNorm; the last checkpoint is untouched.")
        {
            Broken = new(batch, _state.EpochsDone, number, _state.Steps, value),
        };

    private LossBatch Forward(Batch batch)
    {
        using var precision = Precision.Enter(_options.BFloat16 == Toggle.On, _device);
        var features = batch.Features is { } known
            ? tensor(known, [batch.Labels.Length, _network.Head.FeatureDimension]).to(_device)
            : Look(batch.Rgb);
        return new LossBatch(_network.Head.Project(features), batch.Labels)
        {
            Pictures = batch.Pictures,
            Features = features,
            Project = _network.Head.Project,
        };
    }

    // The pictures themselves are the largest tensor of a step, and are no longer needed.
    private Tensor Look(byte[] rgb)
    {
        using var scope = NewDisposeScope();
        return _network.Head.Pool(_network.Backbone.call(_pixels.ToTensor(rgb, _device))).MoveToOuterDisposeScope();
    }

    private Tensor EmbedUnchanged(IBatchSource source, CancellationToken cancel)
    {
        _network.SetTraining(false);
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
        _network.SetTraining(false);
        _state.SwapAverage();
        try
        {
            observer.OnValidation(epoch, _network, cancel);
        }
        finally
        {
            _state.SwapAverage();
        }
    }

    private void Check(IBatchSource source)
    {
        if (source.BatchesPerEpoch < 1)
        {
            throw new TrainingException("An epoch has no batch: there are fewer pictures than a batch takes.");
        }

        if (source.InputSize != _network.Preprocessing.InputSize || source.ClassCount != _loss.Shape.Classes)
        {
            throw new RecipeException(
                $"The data has pictures of side {source.InputSize} and {source.ClassCount} classes, network and loss were built for "
                    + $"{_network.Preprocessing.InputSize} and {_loss.Shape.Classes}.");
        }
    }

    /// <summary>Frees moments and averages; network and loss belong to the caller.</summary>
    public void Dispose() => _state.Dispose();
}
