using System.Text.Json;
using Dml.Api.Catalogue.Filters;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Dml.Api.Catalogue;

/// <summary>
/// The filter index of the catalogue, level with every commit. If it could not be read, or could not take a commit, the next filter reads
/// it again, between two commits.
/// </summary>
internal sealed class LevelFilters(Database database, CommitQueue queue, ILogger log) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private volatile FilterIndex? _index;

    /// <summary>Reads all items. No commit may happen meanwhile.</summary>
    public void Open(CancellationToken cancel)
    {
        using var connection = database.Open();
        var index = new FilterIndex();
        // Rows by the million: SQLite's own calls, which copy nothing, take a fraction of the time.
        var result = raw.sqlite3_prepare_v2(connection.Handle, "SELECT key, label, attributes FROM items ORDER BY key", out var statement);
        using (statement)
        {
            while (result == raw.SQLITE_OK || result == raw.SQLITE_ROW)
            {
                cancel.ThrowIfCancellationRequested();
                result = raw.sqlite3_step(statement);
                if (result == raw.SQLITE_ROW)
                {
                    Add(index, statement);
                }
            }

            SqliteException.ThrowExceptionForRC(result, connection.Handle);
        }

        _index = index;
    }

    /// <summary>What the index says.</summary>
    public async ValueTask<T> ReadAsync<T>(Func<FilterIndex, T> read, CancellationToken cancel)
    {
        if (_index is { } known)
        {
            return read(known);
        }

        await _turn.WaitAsync(cancel);
        try
        {
            if (_index is null)
            {
                await queue.PauseAsync(
                    () =>
                    {
                        Open(cancel);
                        return Task.CompletedTask;
                    },
                    cancel);
            }
        }
        finally
        {
            _turn.Release();
        }

        return await ReadAsync(read, cancel);
    }

    /// <summary>A listener that keeps the index level and then tells another one.</summary>
    public ICommitListener Before(ICommitListener other) => new Listener(this, other);

    public void Dispose()
    {
        _turn.Dispose();
        _index?.Dispose();
    }

    private void Add(FilterIndex index, sqlite3_stmt row)
    {
        var key = raw.sqlite3_column_int64(row, 0);
        var label = raw.sqlite3_column_blob(row, 1);
        try
        {
            index.Add(key, label, raw.sqlite3_column_blob(row, 2));
        }
        catch (JsonException exception)
        {
            // No version of this program wrote it. One such row must not take the filters from all others.
            log.LogError(exception, "The attributes of item {Key} are not JSON; filters see only its label", key);
            index.Add(key, label, "{}"u8);
        }
    }

    private void Apply(Commit commit)
    {
        try
        {
            _index?.Apply(commit.Fields);
        }
        catch (Exception exception)
        {
            // The writes are durable, so their caller is told so, and what the index lacks is in the catalogue.
            _index = null;
            log.LogError(exception, "The filters lack the changes of a commit; they will be read again from the catalogue");
        }
    }

    private sealed class Listener(LevelFilters filters, ICommitListener other) : ICommitListener
    {
        public void Committed(Commit commit)
        {
            filters.Apply(commit);
            other.Committed(commit);
        }
    }
}
