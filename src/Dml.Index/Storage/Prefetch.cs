using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Dml.Index.Storage;

/// <summary>Asks the processor for memory ahead of its use; where it cannot be asked, nothing happens.</summary>
internal static class Prefetch
{
    private const int CacheLine = 64;

    /// <summary>Asks for as many bytes from <paramref name="first"/> on, which the collector must not move.</summary>
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
