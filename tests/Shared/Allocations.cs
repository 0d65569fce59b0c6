namespace Dml.Tests.Shared;

internal static class Allocations
{
    private const int Attempts = 20;

    /// <summary>
    /// Bytes that the calling thread allocates in a call. A collection that another thread's work begins meanwhile adds what was left of this
    /// thread's buffer, up to 8 KB: then, and only then, the call is measured again.
    /// </summary>
    public static long Of(Action call)
    {
        long bytes;
        int collections;
        var attempt = 0;
        do
        {
            collections = GC.CollectionCount(0);
            var before = GC.GetAllocatedBytesForCurrentThread();
            call();
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        while (GC.CollectionCount(0) != collections && ++attempt < Attempts);
        return bytes;
    }
}
