using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dml.Files;

/// <summary>
/// Asks Linux to back memory with pages of 2 MiB. A graph walk reads rows in random order, so with pages of 4 KiB most reads miss
/// the processor's page table cache. With large pages, this cache covers the whole index.
/// </summary>
public static class HugePages
{
    private const int MadviseHugePage = 14;

    /// <summary>Requests large pages for a pinned array. Has no effect on other systems, or if the system refuses.</summary>
    public static unsafe void Request<T>(T[] pinned)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(pinned);
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // Whole pages of the array, which on arm64 may be larger than 4 KiB.
        var page = (nuint)Environment.SystemPageSize;
        var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        var end = start + ((nuint)pinned.Length * (nuint)sizeof(T));
        start = (start + page - 1) & ~(page - 1);
        end &= ~(page - 1);
        if (start < end)
        {
            _ = Libc.Advise((void*)start, end - start, MadviseHugePage);
        }
    }
}
