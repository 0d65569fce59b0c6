using Microsoft.Data.Sqlite;

namespace Dml.Api.Failures;

/// <summary>Recognises that another program has the catalogue locked, for longer than SQLite waits.</summary>
internal static class CatalogueLock
{
    public const string Explanation =
        "Another program has locked the catalogue, so nothing was written. Try again; if it lasts, close the programs that have "
        + "catalogue.db open.";

    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;

    public static bool Caused(Exception exception) => exception is SqliteException { SqliteErrorCode: SqliteBusy or SqliteLocked };
}
