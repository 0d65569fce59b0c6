using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Dml.Index.Storage;

/// <summary>Fetches memory into the cache ahead of its use. Does nothing where the processor has no such instruction.</summary>
internal static class Prefetch
{
    private const int CacheLine = 64;

    /// <summary>Fetches so many bytes from <paramref name="first"/> on; the memory must be pinned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Bytes<T>(ref T first, int bytes)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            var at = (byte*)Unsafe.AsPointer(ref first);
            for (var i = 0; i < bytes; i += CacheLine)
            {
                Sse.Prefetch0(at + i);
            }
        }
    }
}
