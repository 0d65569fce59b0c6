using System.Runtime.ExceptionServices;
using Dml.Api.Catalogue.Filters;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Dml.Api.Catalogue;

/// <summary>The writer's connection: the statements of the current transaction and the changes that it will commit.</summary>
internal sealed class WriteSession : IDisposable
{
    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly FaultInjection _faults;
    private readonly List<CommittedChange> _changes = [];
    private readonly List<FieldChange> _fields = [];
    private readonly Dictionary<string, long> _embedders = [];
    private readonly Dictionary<string, SqliteCommand> _commands = [];
    private SqliteConnection _connection;
    private Exception? _lost;
    private bool _isBroken;
    private long _sequence;
    private long _committed;
    private int? _activated;

    public WriteSession(Database database, TimeProvider clock, FaultInjection faults)
    {
        (_database, _clock, _faults) = (database, clock, faults);
        _connection = database.OpenWriter();
        _sequence = _committed = ReadSequence();
    }

    /// <summary>The latest committed sequence number; can be read from any thread.</summary>
    public long Sequence => Interlocked.Read(ref _committed);

    /// <summary>The time of the wall clock, in milliseconds since 1970.</summary>
    public long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    public void Begin()
    {
        if (_isBroken)
        {
            Reopen();
        }

        _changes.Clear();
        _fields.Clear();
        _activated = null;
        _sequence = Sequence;
        _lost = null;
        Execute("BEGIN IMMEDIATE");
    }

    public Commit Commit()
    {
        ThrowIfLost();
        Execute("UPDATE facts SET value = $value WHERE name = 'sequence'", ("$value", _sequence.ToString()));
        Execute("COMMIT");
        Interlocked.Exchange(ref _committed, _sequence);
        return new Commit(_changes, _fields, _activated);
    }

    /// <summary>
    /// Rolls back unless <see cref="Commit"/> has succeeded. Returns why that failed, or null; after a failure, <see cref="Begin"/> opens
    /// another connection, and SQLite rolls back what the former one had begun.
    /// </summary>
    public Exception? Abandon()
    {
        // Embedders added by the transaction are rolled back with it.
        _embedders.Clear();
        try
        {
            if (InTransaction)
            {
                Execute("ROLLBACK");
            }

            return null;
        }
        catch (Exception exception)
        {
            _isBroken = true;
            return exception;
        }
    }

    /// <summary>Runs one write such that its failure rolls back only itself, not the other writes of its group.</summary>
    public T Isolate<T>(Func<WriteSession, T> write)
    {
        ThrowIfLost();
        var (changes, fields) = (_changes.Count, _fields.Count);
        var activated = _activated;
        Execute("SAVEPOINT one");
        try
        {
            var result = write(this);
            Execute("RELEASE one");
            return result;
        }
        catch (Exception exception)
        {
            UndoOne(exception);
            _changes.RemoveRange(changes, _changes.Count - changes);
            _fields.RemoveRange(fields, _fields.Count - fields);
            _activated = activated;
            _embedders.Clear();
            throw;
        }
    }

    public long NextSequence() => ++_sequence;

    public void Changed(CommittedChange change) => _changes.Add(change);

    /// <summary>Notes what filters look at; null before an item was added and after it was deleted.</summary>
    public void FieldsChanged(StoredItem? former, StoredItem? now) =>
        _fields.Add(new FieldChange((former ?? now)!.Key, FieldsOf(former), FieldsOf(now)));

    public void Activated(int generation) => _activated = generation;

    public StoredItem? Find(string id)
    {
        var command = Command($"SELECT {RowMapping.ItemColumns} FROM items WHERE id = $id", ("$id", id));
        using var reader = command.ExecuteReader();
        return reader.Read() ? RowMapping.ReadItem(reader) : null;
    }

    public bool Exists(string sql, params ReadOnlySpan<(string, object?)> parameters)
    {
        var command = Command(sql, parameters);
        return command.ExecuteScalar() is not null;
    }

    /// <summary>The first column of every row.</summary>
    public IReadOnlyList<string> Texts(string sql, params ReadOnlySpan<(string, object?)> parameters)
    {
        var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read())
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }

    public int Execute(string sql, params ReadOnlySpan<(string, object?)> parameters)
    {
        var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public object? Scalar(string sql, params ReadOnlySpan<(string, object?)> parameters)
    {
        var command = Command(sql, parameters);
        return command.ExecuteScalar();
    }

    /// <summary>The key of an embedder in the embeddings' rows; added if it is new.</summary>
    public long EmbedderOf(string fingerprint)
    {
        if (!_embedders.TryGetValue(fingerprint, out var embedder))
        {
            Execute("INSERT OR IGNORE INTO embedders (fingerprint) VALUES ($f)", ("$f", fingerprint));
            embedder = (long)Scalar("SELECT embedder FROM embedders WHERE fingerprint = $f", ("$f", fingerprint))!;
            _embedders[fingerprint] = embedder;
        }

        return embedder;
    }

    public void Dispose()
    {
        Abandon();
        Close();
    }

    private static ItemFields? FieldsOf(StoredItem? item) => item is null ? null : new ItemFields(item.Label, item.Attributes);

    // The whole transaction is lost when one write of it cannot be undone.
    private void UndoOne(Exception cause)
    {
        try
        {
            if (InTransaction)
            {
                Execute("ROLLBACK TO one; RELEASE one");
            }
            else
            {
                _lost = cause;
            }
        }
        catch (Exception exception)
        {
            _lost = exception;
        }
    }

    private void Reopen()
    {
        Close();
        _connection = _database.OpenWriter();
        var stored = ReadSequence();
        if (stored != Sequence)
        {
            throw new InvalidOperationException(
                $"The catalogue is at change {stored} and this process at {Sequence}: another program wrote to it. Restart the service.");
        }

        _isBroken = false;
    }

    private void Close()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _commands.Clear();
        _connection.Dispose();
    }

    private long ReadSequence() => long.Parse((string)Scalar("SELECT value FROM facts WHERE name = 'sequence'")!);

    // When the disk is full, SQLite may roll back the whole transaction by itself. The following statements must not run
    // outside of a transaction then.
    private bool InTransaction => _connection.Handle is { } handle && raw.sqlite3_get_autocommit(handle) == 0;

    private void ThrowIfLost()
    {
        if (_lost is not null)
        {
            ExceptionDispatchInfo.Throw(_lost);
        }
    }

    // A command keeps its compiled statement, and writes use the same few statements.
    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        _faults.BeforeStatement?.Invoke(sql);
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _commands[sql] = _connection.Command(sql);
        }

        command.Parameters.Clear();
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}
