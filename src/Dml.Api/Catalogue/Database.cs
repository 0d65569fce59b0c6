using Microsoft.Data.Sqlite;

namespace Dml.Api.Catalogue;

/// <summary>The SQLite file: opening, schema and the lock that keeps a second service out.</summary>
internal sealed class Database : IDisposable
{
    private const int SchemaVersion = 1;

    // An item's key is never reused (AUTOINCREMENT), so an old index snapshot can not confuse two items.
    private const string Schema = """
        CREATE TABLE items (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            sha256 TEXT NOT NULL,
            content_type TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            label TEXT,
            attributes TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL);
        CREATE INDEX items_label ON items (label, key);
        CREATE INDEX items_sha256 ON items (sha256);
        CREATE TABLE embedders (embedder INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE);
        CREATE TABLE embeddings (
            key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
            embedder INTEGER NOT NULL REFERENCES embedders (embedder),
            sequence INTEGER NOT NULL,
            vector BLOB NOT NULL,
            UNIQUE (key, embedder));
        CREATE INDEX embeddings_sequence ON embeddings (embedder, sequence);
        CREATE TABLE deletions (sequence INTEGER PRIMARY KEY, key INTEGER NOT NULL);
        CREATE TABLE generations (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            model TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            created_at INTEGER NOT NULL);
        CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL);
        INSERT INTO memory VALUES ('sequence', '0');
        """;

    private readonly string _connectionString;
    private readonly FileStream _lock;

    /// <exception cref="SettingsException">Another process has the folder open, or a newer program wrote the file.</exception>
    public Database(string folder)
    {
        Directory.CreateDirectory(folder);
        _lock = Lock(folder);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(folder, "catalogue.db"),
            ForeignKeys = true,
        }.ToString();
        using var connection = Open();
        CreateSchema(connection, folder);
    }

    /// <summary>A connection of the pool; readers see the last commit and never wait for the writer.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _lock.Dispose();
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new SettingsException($"The data folder {folder} is in use by another process: {exception.Message}");
        }
    }

    private static void CreateSchema(SqliteConnection connection, string folder)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA user_version;";
        using (var reader = command.ExecuteReader())
        {
            reader.NextResult();
            reader.Read();
            var version = reader.GetInt32(0);
            if (version == SchemaVersion)
            {
                return;
            }
            if (version != 0)
            {
                throw new SettingsException($"The catalogue in {folder} has schema {version}; this program knows {SchemaVersion}.");
            }
        }
        using var transaction = connection.BeginTransaction();
        command.Transaction = transaction;
        command.CommandText = $"{Schema} PRAGMA user_version = {SchemaVersion};";
        command.ExecuteNonQuery();
        transaction.Commit();
    }
}
