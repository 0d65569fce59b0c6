using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dml.Files;

/// <summary>
/// Asks Linux to back memory with pages of 2 MiB. A graph walk reads rows in no order, so with pages of 4 KiB most reads miss
/// the processor's table of pages first; with large pages the table covers the whole index.
/// </summary>
public static class HugePages
{
    private const int MadviseHugePage = 14;
    private const nuint PageBytes = 4096;

    /// <summary>Requests large pages for a pinned array. Where the system refuses, or has no such call, the memory is used as it is.</summary>
    public static unsafe void Request<T>(T[] pinned)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(pinned);
        if (OperatingSystem.IsLinux())
        {
            var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
            var end = start + ((nuint)pinned.Length * (nuint)sizeof(T));
            start = (start + PageBytes - 1) & ~(PageBytes - 1);
            end &= ~(PageBytes - 1);
            if (start < end)
            {
                _ = Libc.Advise((void*)start, end - start, MadviseHugePage);
            }
        }
    }
}
