namespace Dml.Api.Limits;

/// <summary>
/// Raises the minimum of the thread pool. Writes and imports block pool threads while they wait for the disk, and the
/// pool starts with one thread per core and grows slowly: searches would have to wait.
/// </summary>
internal static class SpareThreads
{
    private const int Least = 32;
    private const int EachCore = 4;

    public static void Reserve()
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Math.Max(Least, EachCore * Environment.ProcessorCount)), completions);
    }
}
