namespace Dml.Training.Data;

/// <summary>Where the trainer gets its mini-batches from.</summary>
public interface IBatchSource
{
    /// <summary>Classes: labels lie in [0, ClassCount).</summary>
    int ClassCount { get; }

    /// <summary>Mini-batches of one epoch; the same for every epoch.</summary>
    int BatchesPerEpoch { get; }

    /// <summary>The mini-batches of an epoch, prepared ahead in the background. The same seed and epoch give the same batches, whatever the number of workers, so that a resumed run goes on as if it had never stopped.</summary>
    /// <param name="epoch">0-based.</param>
    /// <param name="cancel">Stops the background work; the enumeration then throws <see cref="OperationCanceledException"/>.</param>
    IEnumerable<PictureBatch> Epoch(int epoch, CancellationToken cancel);
}
