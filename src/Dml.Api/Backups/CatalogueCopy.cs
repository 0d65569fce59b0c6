using Dml.Api.Catalogue;
using Microsoft.Data.Sqlite;

namespace Dml.Api.Backups;

/// <summary>Reads the file of a catalogue that no service has open.</summary>
internal sealed class CatalogueCopy : IDisposable
{
    private readonly SqliteConnection _connection;

    /// <exception cref="SqliteException">The file is not an SQLite database.</exception>
    public CatalogueCopy(string path)
    {
        _connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ToString());
        _connection.Open();
    }

    public int SchemaVersion => (int)(long)Scalar("PRAGMA user_version");

    public long CountItems() => (long)Scalar("SELECT count(*) FROM items");

    public long CountPictures() => (long)Scalar($"SELECT count(*) FROM ({AllPictures})");

    /// <summary>The SHA-256 of every picture, each once, in ascending order.</summary>
    public IEnumerable<string> Pictures()
    {
        using var command = _connection.Command($"{AllPictures} ORDER BY sha256");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return reader.GetString(0);
        }
    }

    public IReadOnlyList<StoredGeneration> Generations()
    {
        using var command = _connection.Command($"SELECT {RowMapping.GenerationColumns} FROM generations ORDER BY number");
        using var reader = command.ExecuteReader();
        var rows = new List<StoredGeneration>();
        while (reader.Read())
        {
            rows.Add(RowMapping.ReadGeneration(reader));
        }

        return rows;
    }

    // A backup of an earlier version knows no kept pictures.
    private string AllPictures => SchemaVersion < Database.KeptPicturesVersion
        ? "SELECT DISTINCT sha256 FROM items"
        : "SELECT sha256 FROM items UNION SELECT sha256 FROM kept_pictures";

    /// <summary>What SQLite's integrity check reports; null when the file is intact.</summary>
    public string? Problem() => (string)Scalar("PRAGMA integrity_check(1)") is var answer && answer == "ok" ? null : answer;

    public void Dispose() => _connection.Dispose();

    private object Scalar(string sql)
    {
        using var command = _connection.Command(sql);
        return command.ExecuteScalar()!;
    }
}
