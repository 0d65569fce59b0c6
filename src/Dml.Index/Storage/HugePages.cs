using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dml.Index.Storage;

/// <summary>
/// Asks Linux to back memory with pages of 2 MiB. A walk reads rows in no order, so with pages of 4 KiB most reads miss
/// the processor's table of pages first; with large ones the table covers the whole index.
/// </summary>
internal static partial class HugePages
{
    private const int MadviseHugePage = 14;
    private const nuint PageBytes = 4096;

    /// <summary>A wish: where the system refuses it or knows no such call, the memory is used as it is.</summary>
    public static unsafe void Request<T>(T[] pinned)
        where T : unmanaged
    {
        if (OperatingSystem.IsLinux())
        {
            nuint start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
            nuint end = start + ((nuint)pinned.Length * (nuint)sizeof(T));
            start = (start + PageBytes - 1) & ~(PageBytes - 1);
            end &= ~(PageBytes - 1);
            if (start < end)
            {
                _ = Advise((void*)start, end - start, MadviseHugePage);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Advise(void* start, nuint length, int advice);
}
