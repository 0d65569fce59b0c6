using Dml.Api.Catalogue;
using Dml.Contracts;
using Dml.Embedding;
using Microsoft.Data.Sqlite;

namespace Dml.Api.Backups;

/// <summary>Reads the file of a catalogue that no service has open.</summary>
internal sealed class CatalogueCopy : IDisposable
{
    private const string ForeignVectors = """
        SELECT count(*) FROM embeddings LEFT JOIN embedders USING (embedder) LEFT JOIN generations USING (fingerprint)
        WHERE typeof(vector) <> 'blob' OR length(vector) = 0 OR length(vector) % 4 <> 0 OR length(vector) <> 4 * dimension
        """;

    private const string ForeignAttributes =
        "SELECT count(*) FROM items WHERE CASE WHEN json_valid(attributes) THEN json_type(attributes) END IS NOT 'object'";

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

    // The columns that become names of files and folders or types of answers, or that are taken apart by their form, with the schema
    // version that they came with, held against the rules of those who write them.
    private static readonly (int Since, string Table, string Column, Func<string, bool> IsValid)[] Rules =
    [
        (1, "items", "id", ItemId.IsValid),
        (1, "items", "sha256", PictureHash.IsValid),
        (1, "items", "content_type", Enum.GetValues<PictureFormat>().Select(format => new PictureInfo(format, 1, 1).ContentType).Contains),
        (1, "embedders", "fingerprint", PictureHash.IsValid),
        (1, "generations", "model", ItemId.IsValid),
        (1, "generations", "fingerprint", PictureHash.IsValid),
        (2, "generations", "state", Enum.GetValues<GenerationState>().Select(RowMapping.NameOf).Contains),
        (3, "feedback", "one", PictureHash.IsValid),
        (3, "feedback", "other", PictureHash.IsValid),
        (Database.KeptPicturesVersion, "kept_pictures", "sha256", PictureHash.IsValid),
    ];

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

        var version = SchemaVersion;
        HashSet<string> schema = [.. SchemaOf(_connection)];
        var known = KnownSchema(version);
        if (schema.Except(known).FirstOrDefault() is { } foreign)
        {
            return $"it contains the {foreign.Split(' ')[0]} {foreign.Split(' ')[1]}, which this program did not make.";
        }

        if (known.Except(schema).FirstOrDefault() is { } missing)
        {
            return $"it lacks the {missing.Split(' ')[0]} {missing.Split(' ')[1]}.";
        }

        foreach (var (_, table, column, isValid) in Rules.Where(rule => rule.Since <= version))
        {
            if (!All(table, column, isValid))
            {
                return $"a row of {table} has a {column} that this program does not write.";
            }
        }

        return (long)Scalar(ForeignVectors) > 0 ? "a row of embeddings has a vector that this program does not write."
            : (long)Scalar(ForeignAttributes) > 0 ? "a row of items has attributes that are no JSON object."
            : version >= Database.CountsVersion && (long)Scalar(OtherCounts) > 0 ? "it has other counts than rows."
            : version >= Database.FeedbackCountsVersion && (long)Scalar(OtherFeedbackCounts) > 0
                ? "it has other counts of feedback than rows."
            : null;
    }

    public void Dispose() => _connection.Dispose();

    private const string OtherCounts = """
        SELECT (SELECT count(*) FROM items) IS NOT (SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'items')
            OR EXISTS (SELECT 1 FROM embedders AS one WHERE one.embeddings <> (
                SELECT count(*) FROM embeddings WHERE embeddings.embedder = one.embedder))
        """;

    private const string OtherFeedbackCounts = """
        SELECT count(*) FROM (
            SELECT 'right_feedback' AS name, coalesce(sum(is_right <> 0), 0) AS n FROM feedback
            UNION ALL SELECT 'wrong_feedback', coalesce(sum(is_right = 0), 0) FROM feedback
            UNION ALL SELECT 'kept_pictures', count(*) FROM kept_pictures
            UNION ALL SELECT 'kept_bytes', coalesce(sum(bytes), 0) FROM kept_pictures) AS counted
        WHERE n IS NOT (SELECT CAST(value AS INTEGER) FROM facts WHERE facts.name = counted.name)
        """;

    private static HashSet<string> KnownSchema(int version)
    {
        using var memory = new SqliteConnection("Data Source=:memory:");
        memory.Open();
        Database.Upgrade(memory, 0, version);
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

    // Read as the service reads them: to SQL, text with a zero byte ends there.
    private bool All(string table, string column, Func<string, bool> isValid)
    {
        using var command = _connection.Command($"SELECT {column} FROM {table}");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (reader.GetValue(0) is not string text || !isValid(text))
            {
                return false;
            }
        }

        return true;
    }

    private object Scalar(string sql)
    {
        using var command = _connection.Command(sql);
        return command.ExecuteScalar()!;
    }
}
