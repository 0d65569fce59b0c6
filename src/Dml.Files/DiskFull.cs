namespace Dml.Files;

/// <summary>Tells a full disk, or an exhausted quota, from other failures of files.</summary>
public static class DiskFull
{
    // IOException.HResult is errno on Unix (ENOSPC; EDQUOT is 122 on Linux and 69 on macOS), a code of its own on Windows.
    private static readonly int[] Errors = OperatingSystem.IsWindows() ? [unchecked((int)0x80070070), unchecked((int)0x80070027)]
        : OperatingSystem.IsMacOS() ? [28, 69]
        : [28, 122];

    /// <summary>Whether <paramref name="exception"/>, or one that it carries, says that there is no space left.</summary>
    /// <param name="exception">What was caught.</param>
    /// <param name="isFull">What a library's own exceptions say; null when only the file system is asked.</param>
    public static bool Caused(Exception exception, Func<Exception, bool>? isFull = null)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception switch
        {
            _ when isFull?.Invoke(exception) == true => true,
            AggregateException several => several.InnerExceptions.Any(inner => Caused(inner, isFull)),
            IOException when Errors.Contains(exception.HResult) => true,
            _ => exception.InnerException is { } inner && Caused(inner, isFull),
        };
    }
}
