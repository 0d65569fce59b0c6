namespace Dml.Api.Tests.Support;

/// <summary>What a program left and whom it called.</summary>
/// <param name="Written">Paths that it opened for writing or made.</param>
/// <param name="Flushed">Files and folders that it had the disk keep, in order, as often as it did.</param>
/// <param name="Calls">System calls that reach for another machine.</param>
/// <param name="InHome">What is in its home folder.</param>
internal sealed record Footprint(string[] Written, string[] Flushed, string[] Calls, string[] InHome)
{
    // The terminal, the kernel's view of the process itself, and memory that has a name.
    private static readonly string[] NoFiles = ["/dev/null", "/dev/tty", "/proc/", "/dev/shm/", "/memfd:"];

    /// <summary>What was written outside these folders.</summary>
    public string[] Outside(params string[] folders) =>
        [.. Written.Where(path => !folders.Concat(NoFiles).Any(folder => path.StartsWith(folder, StringComparison.Ordinal)))];
}
