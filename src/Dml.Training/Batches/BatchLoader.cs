using System.Collections.Concurrent;
using Dml.Training.Augmentation;
using Dml.Training.Data;
using Dml.Training.Losses;
using Dml.Training.Numerics;

namespace Dml.Training.Batches;

/// <summary>
/// Batches of augmented pictures, made ahead on background threads. Every picture's random numbers come from (seed, epoch, place in the
/// epoch), so the number of workers changes nothing.
/// </summary>
public sealed class BatchLoader : IBatchSource
{
    private readonly PixelCache _pixels;
    private readonly long[] _labels;
    private readonly ISampler _sampler;
    private readonly IReadOnlyList<IAugmentation> _augmentations;
    private readonly int _seed;
    private readonly int _workers;
    private readonly int _ahead;

    /// <param name="pixels">The training pictures, larger than the input by the recipe's margin.</param>
    /// <param name="labels">Their classes, dense from 0.</param>
    /// <param name="sampler">Chooses them.</param>
    /// <param name="augmentations">In this order.</param>
    /// <param name="inputSize">Side of the pictures of a batch.</param>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="workers">How many batches are made at the same time; at least 1.</param>
    /// <param name="ahead">
    /// How many batches may be under way or waiting; at least 1, and at least the workers to keep all of them busy.
    /// </param>
    public BatchLoader(
        PixelCache pixels, IReadOnlyList<int> labels, ISampler sampler, IReadOnlyList<IAugmentation> augmentations, int inputSize, int seed,
        int workers, int ahead)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ahead, 1);
        (_pixels, _sampler, _augmentations, _seed, _workers, _ahead) = (pixels, sampler, augmentations, seed, workers, ahead);
        _labels = [.. labels.Select(l => (long)l)];
        InputSize = inputSize;
        ClassCount = labels.Max() + 1;
    }

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public int InputSize { get; }

    /// <inheritdoc/>
    public int BatchesPerEpoch => _sampler.BatchesPerEpoch;

    /// <inheritdoc/>
    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel) => Epoch(epoch, 0, cancel);

    /// <inheritdoc/>
    public IEnumerable<Batch> Epoch(int epoch, int first, CancellationToken cancel)
    {
        var batches = _sampler.Epoch(epoch);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // Tasks in the order of the batches: made on any thread, taken in order. The queue is the bound.
        using var queue = new BlockingCollection<Task<Batch>>(_ahead);
        // On its own thread: it waits most of the time and must not occupy a worker.
        var feeder = Task.Factory.StartNew(
            () => Feed(queue, batches, epoch, first, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            foreach (var batch in queue.GetConsumingEnumerable(cancel))
            {
                yield return batch.GetAwaiter().GetResult();
            }
        }
        finally
        {
            stop.Cancel();
            feeder.Wait(CancellationToken.None);
        }
    }

    private void Feed(BlockingCollection<Task<Batch>> queue, IReadOnlyList<int[]> batches, int epoch, int first, CancellationToken cancel)
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, _workers).ConcurrentScheduler;
        try
        {
            for (var b = first; b < batches.Count; b++)
            {
                var number = b;
                queue.Add(
                    Task.Factory.StartNew(() => Make(batches[number], epoch, number, cancel), cancel, TaskCreationOptions.None, scheduler),
                    cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // The consumer has stopped; the remaining tasks see the same token.
        }
        finally
        {
            queue.CompleteAdding();
        }
    }

    /// <inheritdoc/>
    public void BeginEpoch(EpochStart start) => (_sampler as IAdaptiveSampler)?.BeginEpoch(start);

    /// <inheritdoc/>
    public IEnumerable<Batch> Unchanged(CancellationToken cancel) =>
        Enumerable
            .Range(0, _labels.Length)
            .Chunk(_sampler.BatchSize)
            .Select(pictures =>
            {
                cancel.ThrowIfCancellationRequested();
                return Render(pictures, _ => new AugmentationPlan(), cancel);
            });

    /// <summary>
    /// Every training picture once, in order, augmented by draws that follow from <paramref name="view"/> and the picture alone.
    /// </summary>
    public IEnumerable<Batch> View(int view, CancellationToken cancel) =>
        Enumerable
            .Range(0, _labels.Length)
            .Chunk(_sampler.BatchSize)
            .Select(pictures => Render(pictures, i => Plan(Seeds.Mix(view, pictures[i])), cancel));

    private Batch Make(int[] pictures, int epoch, int number, CancellationToken cancel) =>
        Render(pictures, i => Plan(Seeds.Mix(_seed, epoch, number * _sampler.BatchSize + i)), cancel);

    private AugmentationPlan Plan(int drawSeed)
    {
        var random = new Random(drawSeed);
        var plan = new AugmentationPlan();
        foreach (var augmentation in _augmentations)
        {
            augmentation.Draw(random, plan);
        }

        return plan;
    }

    private Batch Render(int[] pictures, Func<int, AugmentationPlan> planOf, CancellationToken cancel)
    {
        var pictureBytes = InputSize * InputSize * 3;
        // Every byte is written below; clearing them first would cost as much as copying.
        var rgb = GC.AllocateUninitializedArray<byte>(pictures.Length * pictureBytes);
        var source = new byte[_pixels.Side * _pixels.Side * 3];
        for (var i = 0; i < pictures.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            _pixels.Read(pictures[i], source);
            PictureSampler.Render(source, _pixels.Side, planOf(i), rgb.AsSpan(i * pictureBytes, pictureBytes), InputSize);
        }

        return new(rgb, [.. pictures.Select(p => _labels[p])], pictures);
    }
}
