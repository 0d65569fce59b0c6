namespace Dml.Tests.Shared;

internal static class Allocations
{
    private const int Attempts = 5;

    /// <summary>
    /// Bytes that the calling thread allocates in a call, the least of a few calls: a collection that another thread's work begins meanwhile
    /// adds what was left of this thread's buffer, up to 8 KB.
    /// </summary>
    public static long Of(Action call)
    {
        var least = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && least > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
