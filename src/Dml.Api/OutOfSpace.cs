using Dml.Files;
using Microsoft.Data.Sqlite;

namespace Dml.Api;

/// <summary>Tells a full disk from other failures, whether the file system or SQLite reports it.</summary>
internal static class OutOfSpace
{
    public const string Explanation =
        "The disk is full: this was not written. Free some space and try again; the service need not be restarted.";

    private const int SqliteFull = 13;

    // What SQLite says when it cannot enlarge the file that its connections share.
    private const int SqliteSharedMemorySize = 10 | (19 << 8);

    /// <summary>Whether <paramref name="exception"/>, or one that it carries, says that there is no space left.</summary>
    public static bool Caused(Exception exception) => DiskFull.Caused(exception, IsSqliteFull);

    private static bool IsSqliteFull(Exception exception) => exception is SqliteException sqlite
        && (sqlite.SqliteErrorCode == SqliteFull || sqlite.SqliteExtendedErrorCode == SqliteSharedMemorySize);
}
