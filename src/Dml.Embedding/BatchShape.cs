namespace Dml.Embedding;

/// <summary>How many runs of the network go on at once, and how many pictures one of them takes at most.</summary>
internal readonly record struct BatchShape(int Runs, int Pictures)
{
    private const int CpuBatch = 4;
    private const int CudaBatch = 32;

    /// <summary>
    /// The choice, by what was measured (docs/results/search.md). On a CPU, runs side by side with one core each beat one
    /// run that shares the cores; two to four pictures a run save a fifth of a core's time, because the weights come
    /// from memory once for all of them, and more save nothing further but make the first picture wait for the last.
    /// On a GPU one run fills the device, and a batch costs little more than a picture.
    /// </summary>
    internal static BatchShape For(EmbedderOptions options)
    {
        var isCuda = options.Provider == "cuda";
        var pictures = options.BatchSize > 0 ? options.BatchSize : isCuda ? CudaBatch : CpuBatch;
        return new BatchShape(isCuda ? 1 : options.Workers, pictures);
    }
}
