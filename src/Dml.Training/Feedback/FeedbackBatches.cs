using Dml.Training.Batches;
using Dml.Training.Losses;

namespace Dml.Training.Feedback;

/// <summary>
/// Training batches followed by pairs. The two pictures of a pair are adjacent and have the same label, a number after those of the
/// training classes: <see cref="FeedbackLoss"/> takes them out again.
/// </summary>
/// <param name="batches">The training batches.</param>
/// <param name="pairs">As many batches of pairs; label 1 is right, 0 wrong.</param>
internal sealed class FeedbackBatches(IBatchSource batches, IBatchSource pairs) : IBatchSource
{
    public int ClassCount => batches.ClassCount + FeedbackLoss.Verdicts;

    public int InputSize => batches.InputSize;

    public int BatchesPerEpoch => batches.BatchesPerEpoch;

    public void BeginEpoch(EpochStart start) => batches.BeginEpoch(start);

    public IEnumerable<Batch> Unchanged(CancellationToken cancel) => batches.Unchanged(cancel);

    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel)
    {
        foreach (var (batch, pair) in batches.Epoch(epoch, cancel).Zip(pairs.Epoch(epoch, cancel)))
        {
            yield return new Batch(
                [.. batch.Rgb, .. pair.Rgb], [.. batch.Labels, .. pair.Labels.Select(verdict => batches.ClassCount + verdict)],
                [.. batch.Pictures, .. pair.Pictures])
            {
                Features = batch.Features is null ? null : [.. batch.Features, .. pair.Features!],
            };
        }
    }
}
