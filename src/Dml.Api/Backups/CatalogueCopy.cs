using Dml.Api.Catalogue;
using Dml.Embedding;
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

    /// <summary>Ids of the items that have a picture.</summary>
    public IReadOnlyList<string> ItemsOf(string sha256) => _connection.ItemsOf(sha256);

    public IReadOnlyList<StoredGeneration> Generations() => _connection.Generations();

    // A backup of an earlier version knows no kept pictures.
    private string AllPictures => SchemaVersion < Database.KeptPicturesVersion
        ? "SELECT DISTINCT sha256 FROM items"
        : "SELECT sha256 FROM items UNION SELECT sha256 FROM kept_pictures";

    /// <summary>
    /// What is wrong with the file: SQLite's integrity check, parts of the schema that no version of this program made, or rows that would
    /// let a request read other files or be answered with another type. Null when it can be trusted.
    /// </summary>
    public string? Problem()
    {
        if ((string)Scalar("PRAGMA integrity_check(1)") is var answer && answer != "ok")
        {
            return answer;
        }

        if (SchemaOf(_connection).Except(KnownSchema(SchemaVersion)).FirstOrDefault() is { } foreign)
        {
            return $"it contains the {foreign.Split(' ')[0]} {foreign.Split(' ')[1]}, which this program did not make.";
        }

        return (long)Scalar(ForeignRows) > 0 ? "an item has a SHA-256 or a content type that this program does not write." : null;
    }

    public void Dispose() => _connection.Dispose();

    private static string ForeignRows =>
        "SELECT count(*) FROM items WHERE length(sha256) <> 64 OR sha256 GLOB '*[^0-9a-f]*' OR content_type NOT IN ("
        + string.Join(", ", Enum.GetValues<PictureFormat>().Select(format => $"'{new PictureInfo(format, 1, 1).ContentType}'")) + ")";

    private static HashSet<string> KnownSchema(int version)
    {
        using var memory = new SqliteConnection("Data Source=:memory:");
        memory.Open();
        foreach (var step in Database.Steps.Take(version))
        {
            using var command = memory.Command(step);
            command.ExecuteNonQuery();
        }

        return [.. SchemaOf(memory)];
    }

    // Tables and indexes by name: what they hold is checked as rows. Triggers and views are programs, so their text counts.
    private static IEnumerable<string> SchemaOf(SqliteConnection connection)
    {
        // SQLite's own tables begin with its name; nobody else may use it.
        using var command = connection.Command("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var (type, name) = (reader.GetString(0), reader.GetString(1));
            var text = type is "trigger" or "view" ? reader.GetString(2) : "";
            yield return $"{type} {name} {string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}";
        }
    }

    private object Scalar(string sql)
    {
        using var command = _connection.Command(sql);
        return command.ExecuteScalar()!;
    }
}
