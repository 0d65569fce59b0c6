using Dml.Files;
using Microsoft.Data.Sqlite;

namespace Dml.Api.Failures;

/// <summary>Recognises a full disk, reported by the file system or by SQLite.</summary>
internal static class OutOfSpace
{
    public const string Explanation =
        "The disk is full and nothing was written. Free some space and try again; the service does not need a restart.";

    private const int SqliteFull = 13;

    // SQLITE_IOERR_SHMSIZE: SQLite could not extend the file that its connections share.
    private const int SqliteSharedMemorySize = 10 | (19 << 8);

    /// <summary>Whether <paramref name="exception"/> or one of its inner exceptions means that no space is left.</summary>
    public static bool Caused(Exception exception) => DiskFull.Caused(exception, IsSqliteFull);

    private static bool IsSqliteFull(Exception exception) => exception is SqliteException sqlite
        && (sqlite.SqliteErrorCode == SqliteFull || sqlite.SqliteExtendedErrorCode == SqliteSharedMemorySize);
}
