using Microsoft.Data.Sqlite;

namespace Dml.Api.Catalogue;

/// <summary>Tells a failure for want of space from all others, whichever layer it comes from.</summary>
internal static class DiskFull
{
    public const string Explanation =
        "The disk is full: this was not written. Free some space and try again; the service need not be restarted.";

    private const int SqliteFull = 13;

    // What SQLite says when it cannot enlarge the file that its connections share.
    private const int SqliteSharedMemorySize = 10 | (19 << 8);

    // IOException.HResult: ENOSPC and EDQUOT of Linux, then what Windows says of a full disk.
    private static readonly int[] Errors = [28, 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>Whether <paramref name="exception"/>, or one that it carries, says that there is no space left.</summary>
    public static bool Caused(Exception exception) => exception switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode == SqliteFull || sqlite.SqliteExtendedErrorCode == SqliteSharedMemorySize,
        AggregateException several => several.InnerExceptions.Any(Caused),
        IOException when Errors.Contains(exception.HResult) => true,
        _ => exception.InnerException is { } inner && Caused(inner),
    };
}
