using System.Collections.Concurrent;
using Dml.Training.Augmentation;
using Dml.Training.Catalogues;
using Dml.Training.Trainer;

namespace Dml.Training.Data;

/// <summary>Batches of augmented pictures, made ahead on background threads. Every picture's random numbers come from (seed, epoch, place in the epoch), so the number of threads changes nothing.</summary>
public sealed class BatchLoader : IBatchSource
{
    private readonly PixelCache pixels;
    private readonly long[] labels;
    private readonly ISampler sampler;
    private readonly IReadOnlyList<IAugmentation> augmentations;
    private readonly int seed;
    private readonly int ahead;

    /// <param name="pixels">The training pictures, larger than the input by the recipe's margin.</param>
    /// <param name="labels">Their classes, dense from 0.</param>
    /// <param name="sampler">Chooses them.</param>
    /// <param name="augmentations">In this order.</param>
    /// <param name="inputSize">Side of the pictures of a batch.</param>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="ahead">How many batches may be under way or waiting; at least 1.</param>
    public BatchLoader(PixelCache pixels, IReadOnlyList<int> labels, ISampler sampler, IReadOnlyList<IAugmentation> augmentations, int inputSize, int seed, int ahead)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(ahead, 1);
        (this.pixels, this.sampler, this.augmentations, this.seed, this.ahead) = (pixels, sampler, augmentations, seed, ahead);
        this.labels = [.. labels.Select(l => (long)l)];
        InputSize = inputSize;
        ClassCount = labels.Max() + 1;
    }

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public int InputSize { get; }

    /// <inheritdoc/>
    public int BatchesPerEpoch => sampler.BatchesPerEpoch;

    /// <inheritdoc/>
    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel)
    {
        var batches = sampler.Epoch(epoch);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // Tasks in the order of the batches: made on any thread, taken in order. The queue is the bound.
        using var queue = new BlockingCollection<Task<Batch>>(ahead);
        var feeder = Task.Run(() => Feed(queue, batches, epoch, stop.Token), CancellationToken.None);
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

    private void Feed(BlockingCollection<Task<Batch>> queue, IReadOnlyList<int[]> batches, int epoch, CancellationToken cancel)
    {
        try
        {
            for (var b = 0; b < batches.Count; b++)
            {
                var number = b;
                queue.Add(Task.Run(() => Make(batches[number], epoch, number, cancel), cancel), cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // The consumer has gone; the tasks that are left see the same token.
        }
        finally
        {
            queue.CompleteAdding();
        }
    }

    private Batch Make(int[] pictures, int epoch, int number, CancellationToken cancel)
    {
        var pictureBytes = InputSize * InputSize * 3;
        var rgb = new byte[pictures.Length * pictureBytes];
        var source = new byte[pixels.Side * pixels.Side * 3];
        for (var i = 0; i < pictures.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            pixels.Read(pictures[i], source);
            var random = new Random(Seeds.Mix(seed, epoch, number * sampler.BatchSize + i));
            var plan = new AugmentationPlan();
            foreach (var augmentation in augmentations)
            {
                augmentation.Draw(random, plan);
            }
            PictureSampler.Render(source, pixels.Side, plan, rgb.AsSpan(i * pictureBytes, pictureBytes), InputSize);
        }
        return new(rgb, [.. pictures.Select(p => labels[p])]);
    }
}
