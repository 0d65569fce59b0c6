using System.Runtime.InteropServices;

namespace Dml.Api;

/// <summary>
/// glibc's allocator, set for a service. By default it learns from the first large buffer that is freed to keep buffers up
/// to 32 MB for itself: a stream of large or hostile pictures then leaves hundreds of megabytes behind in every thread.
/// </summary>
internal static partial class NativeHeap
{
    private const int MapThreshold = -3;
    private const int LargestKept = 1 << 20;

    /// <summary>Native buffers of a megabyte and more go back to the system when they are freed. Does nothing where the C library is another one.</summary>
    public static void ReturnFreedMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        try
        {
            _ = SetOption(MapThreshold, LargestKept);
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            // musl has no such option, and keeps nothing of that size.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int parameter, int value);
}
