namespace Dml.Embedding;

/// <summary>Number of concurrent runs of the network, and the most pictures in one of them.</summary>
internal readonly record struct BatchShape(int Runs, int Pictures)
{
    private const int CpuBatch = 4;
    private const int CudaBatch = 32;

    /// <summary>
    /// The choice follows measurements (docs/results/search.md). On a CPU, concurrent runs on one core each are faster than one
    /// run on all cores. Two to four pictures per run save a fifth of the processor time, because the weights are read from memory
    /// once for all of them; larger batches save nothing more and make the first picture wait for the last. On a GPU, one run
    /// fills the device, and a batch takes little longer than a single picture.
    /// </summary>
    /// <param name="options">The provider and the size of a batch, if it is given.</param>
    /// <param name="workers">Threads that decode.</param>
    internal static BatchShape For(EmbedderOptions options, int workers)
    {
        var isCuda = options.Provider == "cuda";
        var pictures = options.BatchSize > 0 ? options.BatchSize : isCuda ? CudaBatch : CpuBatch;
        return new BatchShape(isCuda ? 1 : workers, pictures);
    }
}
