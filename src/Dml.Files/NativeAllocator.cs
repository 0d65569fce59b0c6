namespace Dml.Files;

/// <summary>
/// Tunes the allocator of glibc for this process; its defaults suit neither a trainer nor a service. Has no effect with another C
/// library.
/// </summary>
public static class NativeAllocator
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;

    /// <summary>
    /// For a trainer: up to half a gigabyte of freed memory stays with the process. By default, the large tensors of every step are
    /// returned to the kernel, which hands them out again page by page, zeroed: 25,000 page faults and a tenth of the time in a step
    /// of GoogLeNet at batch 64.
    /// </summary>
    public static void KeepFreedMemory()
    {
        Set(MapThreshold, 32 << 20);
        Set(TrimThreshold, 512 << 20);
    }

    /// <summary>
    /// For a service: buffers of a megabyte and more are returned to the system when they are freed. By default, once the first large
    /// buffer has been freed, glibc keeps buffers of up to 32 MB: a stream of large or hostile pictures then leaves hundreds of
    /// megabytes in every thread. Of smaller ones a thread keeps 16 MB. With the default of 128 KB, the memory in which a picture is
    /// decoded is returned to the kernel and asked for again several times a picture: 360 screenshots cost 840,000 page faults and 19 s of
    /// processor time in place of 49,000 and 4 s.
    /// </summary>
    public static void ReturnFreedMemory()
    {
        Set(MapThreshold, 1 << 20);
        Set(TrimThreshold, 16 << 20);
    }

    /// <summary>Returns the freed memory that is still kept, of all threads, to the system. Threads that allocate meanwhile wait.</summary>
    public static void Trim() => Try(() => Libc.TrimAllocator(0));

    private static void Set(int option, int value) => Try(() => Libc.SetAllocatorOption(option, value));

    private static void Try(Func<int> call)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = call();
        }
        catch (EntryPointNotFoundException)
        {
            // musl has neither. Training is merely slower there, and a service keeps no buffers of that size.
        }
    }
}
