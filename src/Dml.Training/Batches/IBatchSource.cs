using Dml.Training.Losses;

namespace Dml.Training.Batches;

/// <summary>The source of the trainer's batches. A source may load ahead on other threads.</summary>
public interface IBatchSource
{
    /// <summary>Number of training classes; the loss keeps one set of proxies for each.</summary>
    int ClassCount { get; }

    /// <summary>Side of every picture, in pixels; equal to the backbone's input size.</summary>
    int InputSize { get; }

    /// <summary>
    /// How many batches <see cref="Epoch(int, CancellationToken)"/> yields, the same for every epoch; the learning-rate schedule relies on
    /// it.
    /// </summary>
    int BatchesPerEpoch { get; }

    /// <summary>Called before every epoch, for sources that choose by what the network has learned.</summary>
    void BeginEpoch(EpochStart start) { }

    /// <summary>Every training picture once, in order, as it is: not augmented.</summary>
    IEnumerable<Batch> Unchanged(CancellationToken cancel);

    /// <summary>
    /// The batches of one epoch. They depend only on the source's seed, on <paramref name="epoch"/> (0-based) and, where
    /// <see cref="BeginEpoch"/> is used, on the embeddings it was given: a resumed run asks for epoch n without having asked for those
    /// before it and must get exactly the same bytes.
    /// </summary>
    IEnumerable<Batch> Epoch(int epoch, CancellationToken cancel);

    /// <summary>The same epoch without its first batches, for a run that resumes in its middle.</summary>
    IEnumerable<Batch> Epoch(int epoch, int first, CancellationToken cancel) => Epoch(epoch, cancel).Skip(first);
}
