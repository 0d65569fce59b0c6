namespace Dml.Tests.Shared;

internal static class Allocations
{
    private const int Attempts = 20;

    /// <summary>
    /// The least that the calling thread allocates in a call, in bytes. A garbage collection meanwhile, which another thread may cause,
    /// adds the rest of this thread's buffer, and the runtime may allocate where it compiles a method again; so the call is measured
    /// several times.
    /// </summary>
    public static long Of(Action call)
    {
        var least = long.MaxValue;
        for (var attempt = 0; least > 0 && attempt < Attempts; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
