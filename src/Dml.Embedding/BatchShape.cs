namespace Dml.Embedding;

/// <summary>How many runs of the network go on at once, and how many pictures one of them takes at most.</summary>
internal readonly record struct BatchShape(int Runs, int Pictures)
{
    private const int CudaBatch = 32;

    /// <summary>
    /// The choice, by what was measured (docs/results/search.md). On a CPU, single pictures on every core beat batches:
    /// a batch saves nothing in the arithmetic, outgrows the core's cache, and makes its first picture wait for its last.
    /// On a GPU one run fills the device, and a batch costs little more than a picture.
    /// </summary>
    internal static BatchShape For(EmbedderOptions options)
    {
        int pictures = options.BatchSize > 0 ? options.BatchSize : options.Provider == "cuda" ? CudaBatch : 1;
        return new BatchShape(options.Provider == "cuda" ? 1 : options.Workers, pictures);
    }
}
