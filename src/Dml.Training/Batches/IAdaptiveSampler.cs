using Dml.Training.Losses;

namespace Dml.Training.Batches;

/// <summary>A sampler whose batches follow what the network has learned, such as one that puts similar classes together.</summary>
public interface IAdaptiveSampler : ISampler
{
    /// <summary>
    /// Called before <see cref="ISampler.Epoch"/>, whose batches then depend on the seed, the epoch and these embeddings.
    /// </summary>
    void BeginEpoch(EpochStart start);
}
