namespace Dml.Api;

/// <summary>
/// Writes and imports wait for the disk on threads of the pool, which starts with one a core and adds others slowly:
/// without spare ones searches would wait with them.
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
