namespace Dml.Tests.Shared;

internal static class Allocations
{
    private const int Attempts = 20;

    /// <summary>
    /// Bytes that the calling thread allocates in a call. A garbage collection meanwhile, which another thread may cause, adds the rest of
    /// this thread's buffer, up to 8 KB; in that case the call is measured again.
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
