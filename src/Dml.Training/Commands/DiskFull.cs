namespace Dml.Training.Commands;

/// <summary>Tells a full disk, or a used up quota, from other faults of files.</summary>
internal static class DiskFull
{
    // .NET keeps the operating system's own number in HResult: errno, or Windows' code in the lower half.
    private const int NoSpace = 28;
    private const int NoQuota = 122;
    private const int WindowsDiskFull = 112;

    public static bool Is(IOException error) => OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) == WindowsDiskFull
        : error.HResult is NoSpace or NoQuota;
}
