namespace Dml.Training.Batches;

/// <summary>Chooses the pictures of every batch.</summary>
public interface ISampler
{
    /// <summary>Batches of one epoch, at least 1.</summary>
    int BatchesPerEpoch { get; }

    /// <summary>Pictures of one batch.</summary>
    int BatchSize { get; }

    /// <summary>The batches of an epoch as indices into the training pictures. Depends on the seed and the epoch only.</summary>
    IReadOnlyList<int[]> Epoch(int epoch);
}
