using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Files;
using Microsoft.Data.Sqlite;

namespace Dml.Api.Catalogue;

/// <summary>The SQLite file: connections, schema, and the lock that excludes a second service.</summary>
internal sealed class Database : IDisposable
{
    // Keys are never reused (AUTOINCREMENT), so an old index snapshot cannot confuse two items.
    private const string FirstSchema = """
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

    // Attributes as rows, so that filters can use an index. Booleans are stored as the texts true and false.
    private const string AttributeRows = """
        CREATE TABLE item_attributes (
            key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
            name TEXT NOT NULL,
            text TEXT,
            number REAL,
            PRIMARY KEY (key, name)) WITHOUT ROWID;
        CREATE INDEX item_attributes_text ON item_attributes (name, text);
        CREATE INDEX item_attributes_number ON item_attributes (name, number);
        CREATE VIEW attributes_of_items AS
            SELECT items.key AS key, a.key AS name,
                CASE WHEN a.type = 'text' THEN a.value WHEN a.type IN ('true', 'false') THEN a.type END AS text,
                CASE WHEN a.type IN ('integer', 'real') THEN a.value END AS number
            FROM items, json_each(items.attributes) AS a;
        CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
            INSERT INTO item_attributes SELECT key, name, text, number FROM attributes_of_items WHERE key = NEW.key;
        END;
        CREATE TRIGGER items_changed AFTER UPDATE OF attributes ON items WHEN OLD.attributes <> NEW.attributes BEGIN
            DELETE FROM item_attributes WHERE key = NEW.key;
            INSERT INTO item_attributes SELECT key, name, text, number FROM attributes_of_items WHERE key = NEW.key;
        END;
        INSERT INTO item_attributes SELECT key, name, text, number FROM attributes_of_items;
        """;

    // Adds states to generations; the unique index permits one active and one building generation.
    private const string GenerationStates = """
        ALTER TABLE generations ADD COLUMN state TEXT NOT NULL DEFAULT 'building';
        ALTER TABLE generations ADD COLUMN activated_at INTEGER;
        ALTER TABLE generations ADD COLUMN gate TEXT;
        ALTER TABLE generations ADD COLUMN problem TEXT;
        ALTER TABLE generations ADD COLUMN snapshot INTEGER;
        UPDATE generations SET activated_at = created_at,
            state = CASE WHEN number = (SELECT max(number) FROM generations) THEN 'active' ELSE 'retired' END;
        CREATE UNIQUE INDEX generations_one_each ON generations (state) WHERE state IN ('active', 'building');
        """;

    // Refers to pictures, not items: an item whose picture is replaced has no feedback.
    private const string Feedback = """
        CREATE TABLE feedback (
            one TEXT NOT NULL,
            other TEXT NOT NULL,
            is_right INTEGER NOT NULL,
            given_at INTEGER NOT NULL,
            PRIMARY KEY (one, other)) WITHOUT ROWID;
        """;

    // These are remembered facts; "memory" means RAM everywhere else.
    private const string Facts = "ALTER TABLE memory RENAME TO facts;";

    // A rollout that a crash interrupts is resumed as it was asked for.
    private const string RolloutOrders = """
        ALTER TABLE generations ADD COLUMN unattended INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE generations ADD COLUMN overridden_by TEXT;
        """;

    // Pictures of queries that are not items, kept because somebody judged their hits. The index serves deletions of a picture.
    private const string KeptPictures = """
        CREATE TABLE kept_pictures (sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL, kept_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX feedback_other ON feedback (other);
        """;

    // REAL rounds whole numbers beyond 2^53; NUMERIC keeps 64 bits.
    private const string ExactNumbers = """
        DROP TABLE item_attributes;
        CREATE TABLE item_attributes (
            key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
            name TEXT NOT NULL,
            text TEXT,
            number NUMERIC,
            PRIMARY KEY (key, name)) WITHOUT ROWID;
        CREATE INDEX item_attributes_text ON item_attributes (name, text);
        CREATE INDEX item_attributes_number ON item_attributes (name, number);
        INSERT INTO item_attributes SELECT key, name, text, number FROM attributes_of_items;
        """;

    // Whose quotas an item counts against, and the sums, which every write of a key looks at.
    private const string Owners = """
        ALTER TABLE items ADD COLUMN owner TEXT;
        CREATE TABLE owners (owner TEXT PRIMARY KEY, items INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TRIGGER owners_added AFTER INSERT ON items WHEN NEW.owner IS NOT NULL BEGIN
            INSERT OR IGNORE INTO owners VALUES (NEW.owner, 0, 0);
            UPDATE owners SET items = items + 1, bytes = bytes + NEW.bytes WHERE owner = NEW.owner;
        END;
        CREATE TRIGGER owners_changed AFTER UPDATE OF owner, bytes ON items
        WHEN OLD.owner IS NOT NEW.owner OR OLD.bytes <> NEW.bytes BEGIN
            UPDATE owners SET items = items - 1, bytes = bytes - OLD.bytes WHERE owner = OLD.owner;
            INSERT OR IGNORE INTO owners SELECT NEW.owner, 0, 0 WHERE NEW.owner IS NOT NULL;
            UPDATE owners SET items = items + 1, bytes = bytes + NEW.bytes WHERE owner = NEW.owner;
        END;
        CREATE TRIGGER owners_removed AFTER DELETE ON items WHEN OLD.owner IS NOT NULL BEGIN
            UPDATE owners SET items = items - 1, bytes = bytes - OLD.bytes WHERE owner = OLD.owner;
        END;
        """;

    // Labels and attributes that were stored before they were composed would not be found by filters, which are.
    private const string ComposedTexts = """
        UPDATE items SET label = composed_label(label), attributes = composed_attributes(attributes)
        WHERE label IS NOT composed_label(label) OR attributes <> composed_attributes(attributes);
        """;

    // Filters are answered from memory, which is read from the items.
    private const string NoAttributeRows = """
        DROP TRIGGER items_added;
        DROP TRIGGER items_changed;
        DROP VIEW attributes_of_items;
        DROP TABLE item_attributes;
        """;

    // How many items there are, and how many embeddings of each embedder: to count rows takes time that grows with them.
    private const string Counts = """
        INSERT INTO facts SELECT 'items', count(*) FROM items;
        CREATE TRIGGER items_counted AFTER INSERT ON items BEGIN
            UPDATE facts SET value = value + 1 WHERE name = 'items';
        END;
        CREATE TRIGGER items_discounted AFTER DELETE ON items BEGIN
            UPDATE facts SET value = value - 1 WHERE name = 'items';
        END;
        ALTER TABLE embedders ADD COLUMN embeddings INTEGER NOT NULL DEFAULT 0;
        UPDATE embedders SET embeddings = (SELECT count(*) FROM embeddings WHERE embeddings.embedder = embedders.embedder);
        CREATE TRIGGER embeddings_counted AFTER INSERT ON embeddings BEGIN
            UPDATE embedders SET embeddings = embeddings + 1 WHERE embedder = NEW.embedder;
        END;
        CREATE TRIGGER embeddings_discounted AFTER DELETE ON embeddings BEGIN
            UPDATE embedders SET embeddings = embeddings - 1 WHERE embedder = OLD.embedder;
        END;
        """;

    // How much feedback there is and how many pictures are kept for it: each picture that is to be kept is held against the limits, and the
    // page asks how much has been learnt.
    private const string FeedbackCounts = """
        INSERT INTO facts SELECT 'right_feedback', coalesce(sum(is_right <> 0), 0) FROM feedback;
        INSERT INTO facts SELECT 'wrong_feedback', coalesce(sum(is_right = 0), 0) FROM feedback;
        INSERT INTO facts SELECT 'kept_pictures', count(*) FROM kept_pictures;
        INSERT INTO facts SELECT 'kept_bytes', coalesce(sum(bytes), 0) FROM kept_pictures;
        CREATE INDEX feedback_given ON feedback (given_at);
        CREATE TRIGGER feedback_counted AFTER INSERT ON feedback BEGIN
            UPDATE facts SET value = value + 1 WHERE name = iif(NEW.is_right <> 0, 'right_feedback', 'wrong_feedback');
        END;
        CREATE TRIGGER feedback_recounted AFTER UPDATE OF is_right ON feedback BEGIN
            UPDATE facts SET value = value - 1 WHERE name = iif(OLD.is_right <> 0, 'right_feedback', 'wrong_feedback');
            UPDATE facts SET value = value + 1 WHERE name = iif(NEW.is_right <> 0, 'right_feedback', 'wrong_feedback');
        END;
        CREATE TRIGGER feedback_discounted AFTER DELETE ON feedback BEGIN
            UPDATE facts SET value = value - 1 WHERE name = iif(OLD.is_right <> 0, 'right_feedback', 'wrong_feedback');
        END;
        CREATE TRIGGER kept_counted AFTER INSERT ON kept_pictures BEGIN
            UPDATE facts SET value = value + 1 WHERE name = 'kept_pictures';
            UPDATE facts SET value = value + NEW.bytes WHERE name = 'kept_bytes';
        END;
        CREATE TRIGGER kept_discounted AFTER DELETE ON kept_pictures BEGIN
            UPDATE facts SET value = value - 1 WHERE name = 'kept_pictures';
            UPDATE facts SET value = value - OLD.bytes WHERE name = 'kept_bytes';
        END;
        """;

    /// <summary>The first schema version with pictures that no item has.</summary>
    internal const int KeptPicturesVersion = 6;

    /// <summary>The first schema version that counts items and embeddings.</summary>
    internal const int CountsVersion = 10;

    /// <summary>The first schema version that counts feedback and the pictures kept for it.</summary>
    internal const int FeedbackCountsVersion = 11;

    /// <summary>The migrations from each schema version to the next; an empty file has version 0.</summary>
    internal static readonly string[] Steps =
    [
        FirstSchema, AttributeRows + GenerationStates, Feedback, Facts, RolloutOrders, KeptPictures, ExactNumbers, Owners, ComposedTexts,
        NoAttributeRows + Counts, FeedbackCounts,
    ];

    private const int SqliteReadOnly = 8;
    private const int SqliteCannotOpen = 14;

    private readonly string _path;
    private readonly string _connectionString;
    private readonly FileStream _lock;

    /// <exception cref="SettingsException">
    /// Another process has the folder open, a newer program wrote the file, or the folder or the file cannot be read or written.
    /// </exception>
    public Database(string folder)
    {
        try
        {
            PrivateFolder.Create(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(Inaccessible(folder, exception.Message));
        }

        _lock = Lock(folder);
        _path = Path.Combine(folder, "catalogue.db");
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            ForeignKeys = true,
        }.ToString();
        try
        {
            using var connection = Open();
            CreateSchema(connection, folder);
            using var command = connection.Command("SELECT value FROM facts WHERE name = 'sequence'");
            if (!long.TryParse(command.ExecuteScalar() as string, out _))
            {
                throw new SettingsException(DamagedCatalogue.Explain(folder, "its sequence number is missing."));
            }
        }
        catch (SettingsException)
        {
            Dispose();
            throw;
        }
        catch (SqliteException exception)
        {
            Dispose();
            throw new SettingsException(OutOfSpace.Caused(exception)
                ? $"The catalogue in {folder} cannot be opened: the disk is full. Free some space and start again."
                : exception.SqliteErrorCode is SqliteReadOnly or SqliteCannotOpen ? Inaccessible(folder, exception.Message)
                : DamagedCatalogue.Explain(folder, exception.Message));
        }
    }

    public long FileBytes => new FileInfo(_path).Length;

    /// <summary>What is wrong with the rows that determine which pictures are used, or null.</summary>
    public string? FaultOfPictures()
    {
        using var connection = Open();
        foreach (var table in new[] { "items", "kept_pictures" })
        {
            using var command = connection.Command($"PRAGMA integrity_check({table})");
            var answer = (string)command.ExecuteScalar()!;
            if (answer != "ok")
            {
                return answer;
            }
        }

        return null;
    }

    /// <summary>Opens a pooled connection. Readers see the last commit and never wait for the writer.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Opens a connection for the writer that is not shared: disposing of it rolls back what it has begun.</summary>
    public SqliteConnection OpenWriter()
    {
        var connection = new SqliteConnection(_connectionString + ";Pooling=False");
        connection.Open();
        return Durable(connection);
    }

    /// <summary>Opens a pooled connection for a transaction beside the writer.</summary>
    public SqliteConnection OpenBesideWriter() => Durable(Open());

    /// <summary>Commits one statement now, beside the writer, and returns its first value.</summary>
    public object? WriteNow(string sql, params ReadOnlySpan<(string, object?)> parameters)
    {
        using var connection = OpenBesideWriter();
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar();
    }

    // FULL: a commit returns only when the log is on disk, which is what an acknowledgement promises.
    private static SqliteConnection Durable(SqliteConnection connection)
    {
        using var pragma = connection.Command("PRAGMA synchronous = FULL");
        pragma.ExecuteNonQuery();
        return connection;
    }

    /// <summary>
    /// Writes a compact copy of the database as of one moment to a new file. Other connections can read and write in the
    /// meantime.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; a partial file may exist.</exception>
    public void CopyTo(string path, CancellationToken cancel)
    {
        using var connection = Open();
        // VACUUM INTO is one statement, and so one consistent read; it can take minutes.
        using var command = connection.Command("VACUUM INTO $path", ("$path", path));
        using var interrupt = cancel.Register(() => SQLitePCL.raw.sqlite3_interrupt(connection.Handle));
        try
        {
            command.ExecuteNonQuery();
        }
        catch (SqliteException) when (cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancel);
        }
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _lock.Dispose();
    }

    private static bool HoldsPictures(string folder) =>
        Directory.Exists(Path.Combine(folder, "blobs"))
        && Directory.EnumerateFiles(Path.Combine(folder, "blobs"), "*", SearchOption.AllDirectories).Any();

    /// <summary>Excludes other processes from a data folder until the result is disposed of.</summary>
    /// <exception cref="SettingsException">Another process uses the folder, or this one may not write to it.</exception>
    internal static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (FileInUse.Caused(exception))
        {
            throw new SettingsException($"The data folder {folder} is in use by another process: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(Inaccessible(folder, exception.Message));
        }
    }

    private static string Inaccessible(string folder, string problem) =>
        $"The data folder {folder} cannot be read and written by this process: {problem} Does it belong to another user, or is its disk "
        + "mounted read-only?";

    private static void CreateSchema(SqliteConnection connection, string folder)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA user_version;";
        int version;
        using (var reader = command.ExecuteReader())
        {
            reader.NextResult();
            reader.Read();
            version = reader.GetInt32(0);
        }

        if (version > Steps.Length)
        {
            throw new SettingsException(
                $"The catalogue in {folder} has schema {version}; this version supports {Steps.Length}. Use a newer version.");
        }

        if (version == 0 && HoldsPictures(folder))
        {
            // An empty catalogue would consider every picture unused and delete it.
            throw new SettingsException(
                DamagedCatalogue.Explain(folder, "it is missing or empty, but there are pictures that belong to it."));
        }

        Upgrade(connection, version, Steps.Length);
    }

    /// <summary>Brings a catalogue from one schema version to a later one, step by step.</summary>
    internal static void Upgrade(SqliteConnection connection, int from, int to)
    {
        if (from == to)
        {
            return;
        }

        // What the rules of today do not take stays as it is.
        connection.CreateFunction(
            "composed_label", (string? label) => Label.TryParse(label, out var composed) && composed is not null ? composed : label);
        connection.CreateFunction(
            "composed_attributes", (string json) => Attributes.TryParse(json, out var composed, out _) ? composed : json);
        using var command = connection.CreateCommand();
        for (var version = from; version < to; version++)
        {
            using var transaction = connection.BeginTransaction();
            command.Transaction = transaction;
            command.CommandText = $"{Steps[version]} PRAGMA user_version = {version + 1};";
            command.ExecuteNonQuery();
            transaction.Commit();
        }
    }
}
