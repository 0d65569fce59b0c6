using System.Runtime.InteropServices;

namespace Dml.Files;

/// <summary>
/// glibc's allocator, set for what the process does; its defaults serve neither a trainer nor a service. Does nothing where the C library
/// is another one.
/// </summary>
public static partial class NativeHeap
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;

    /// <summary>
    /// For a trainer: up to half a gigabyte of freed memory stays with the process. By default the large tensors of every step go back to the
    /// kernel, which hands them out again page by page, zeroed: 25,000 page faults and a tenth of the time in a step of GoogLeNet at batch 64.
    /// </summary>
    public static void KeepFreedMemory()
    {
        Set(MapThreshold, 32 << 20);
        Set(TrimThreshold, 512 << 20);
    }

    /// <summary>
    /// For a service: buffers of a megabyte and more go back to the system when they are freed. By default glibc learns from the first large
    /// buffer that is freed to keep buffers up to 32 MB for itself: a stream of large or hostile pictures then leaves hundreds of megabytes
    /// behind in every thread.
    /// </summary>
    public static void ReturnFreedMemory() => Set(MapThreshold, 1 << 20);

    private static void Set(int option, int value)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = SetOption(option, value);
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            // musl has no such options: training is merely slower there, and a service keeps nothing of that size.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetOption(int parameter, int value);
}
