using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Dml.Api.Catalogue.Filters;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Contracts;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Dml.Api.Catalogue;

/// <summary>
/// The durable record of items, their embeddings and the generations: one SQLite file (WAL, synchronous=FULL) and a folder of
/// pictures. A completed write survives <c>kill -9</c>. All members can be called from any thread.
/// </summary>
internal sealed class SqliteCatalogue : IAsyncDisposable
{
    private const int DroppedAtOnce = 2000;

    private readonly Database _database;
    private readonly BlobStore _blobs;
    private readonly CommitQueue _queue;
    private readonly WriteSession _session;
    private readonly ItemLookup _items;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;

    // In a damaged catalogue a write may find another item's row under its id, and would remove that item's picture.
    private readonly IDisposable _picturesUntilChecked;

    public SqliteCatalogue(
        IOptions<DataOptions> data, TimeProvider clock, KnownProblems problems, FaultInjection faults, ILogger<SqliteCatalogue> log)
    {
        (_log, _clock) = (log, clock);
        _database = new Database(data.Value.Folder);
        _blobs = new BlobStore(Path.Combine(data.Value.Folder, "blobs"), IsUsed);
        _picturesUntilChecked = _blobs.KeepAll();
        _queue = new CommitQueue(problems, log);
        _session = new WriteSession(_database, clock, faults);
        _items = new ItemLookup(_database);
    }

    /// <summary>Number of writes that wait for their commit.</summary>
    public int QueueLength => _queue.Length;

    /// <summary>Sequence number of the latest committed change; every change increases it.</summary>
    public long Sequence => _session.Sequence;

    /// <summary>
    /// Starts committing writes; until then they wait. <paramref name="listener"/> is notified of a commit before its
    /// writes are acknowledged.
    /// </summary>
    public void Start(ICommitListener listener) => _queue.Start(_session, listener);

    public ValueTask<long> CountAsync(CancellationToken cancel) => ValueTask.FromResult(Number("SELECT count(*) FROM items"));

    /// <summary>The key of the latest item; 0 when there is none.</summary>
    public ValueTask<long> LastKeyAsync(CancellationToken cancel) =>
        ValueTask.FromResult(Number("SELECT coalesce(max(key), 0) FROM items"));

    public ValueTask<StoredItem?> FindAsync(string id, CancellationToken cancel) => ValueTask.FromResult(_items.Find(id));

    /// <summary>The items with these keys, in the same order; null for deleted ones.</summary>
    public ValueTask<StoredItem?[]> FindAsync(IReadOnlyList<long> keys, CancellationToken cancel) =>
        ValueTask.FromResult(_items.Find(keys));

    /// <summary>Up to <paramref name="limit"/> items with keys above <paramref name="after"/>, in the order of their keys.</summary>
    public ValueTask<IReadOnlyList<StoredItem>> ListAsync(string? label, long after, int limit, CancellationToken cancel)
    {
        var condition = label is null ? "" : "label = $label AND";
        return ValueTask.FromResult<IReadOnlyList<StoredItem>>(Items(
            $"WHERE {condition} key > $after ORDER BY key LIMIT $limit",
            ("$label", label), ("$after", after), ("$limit", limit)));
    }

    /// <summary>Keys of the items that match a filter.</summary>
    public ValueTask<HashSet<long>> KeysAsync(ItemFilter filter, CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command($"SELECT key FROM items WHERE {filter.Sql}");
        for (var i = 0; i < filter.Values.Count; i++)
        {
            command.Parameters.AddWithValue($"$p{i}", filter.Values[i]);
        }

        using var reader = command.ExecuteReader();
        var keys = new HashSet<long>();
        while (reader.Read())
        {
            keys.Add(reader.GetInt64(0));
        }

        return ValueTask.FromResult(keys);
    }

    public ValueTask<long> CountEmbeddingsAsync(string fingerprint, CancellationToken cancel) => ValueTask.FromResult(Number(
        "SELECT count(*) FROM embeddings WHERE embedder = (SELECT embedder FROM embedders WHERE fingerprint = $f)", ("$f", fingerprint)));

    /// <summary>The embeddings of an embedder that were written after a sequence number.</summary>
    public async IAsyncEnumerable<StoredEmbedding> EmbeddingsAsync(
        string fingerprint, long after, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command(
            """
            SELECT key, vector FROM embeddings
            WHERE embedder = (SELECT embedder FROM embedders WHERE fingerprint = $f) AND sequence > $after ORDER BY sequence
            """,
            ("$f", fingerprint), ("$after", after));
        using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return new StoredEmbedding(reader.GetInt64(0), RowMapping.ReadVector(reader, 1));
        }
    }

    /// <summary>
    /// Keys of the items whose embeddings were deleted after a sequence number, because the item was deleted or its picture
    /// replaced.
    /// </summary>
    public async IAsyncEnumerable<long> DeletionsAsync(long after, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command("SELECT key FROM deletions WHERE sequence > $after", ("$after", after));
        using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return reader.GetInt64(0);
        }
    }

    /// <summary>Items with keys above <paramref name="after"/> that this embedder has not embedded.</summary>
    public ValueTask<IReadOnlyList<StoredItem>> UnembeddedAsync(string fingerprint, long after, int limit, CancellationToken cancel) =>
        ValueTask.FromResult<IReadOnlyList<StoredItem>>(Items(
            """
            WHERE key > $after AND NOT EXISTS (
                SELECT 1 FROM embeddings JOIN embedders USING (embedder)
                WHERE embeddings.key = items.key AND fingerprint = $f)
            ORDER BY key LIMIT $limit
            """,
            ("$after", after), ("$f", fingerprint), ("$limit", limit)));

    /// <summary>The path of an item's picture; the file may disappear when the item is deleted.</summary>
    public string PicturePath(StoredItem item) => _blobs.PathOf(item.Sha256);

    /// <summary>
    /// The path of the picture with this SHA-256; the file exists while an item uses it or <see cref="KeepPictures"/> keeps
    /// it.
    /// </summary>
    public string PicturePath(string sha256) => _blobs.PathOf(sha256);

    /// <summary>Up to <paramref name="limit"/> SHA-256 of pictures after one, in ascending order.</summary>
    public IReadOnlyList<string> PicturesAfter(string sha256, int limit)
    {
        using var connection = _database.Open();
        return connection.Texts(
            """
            SELECT sha256 FROM items WHERE sha256 > $after UNION SELECT sha256 FROM kept_pictures WHERE sha256 > $after
            ORDER BY sha256 LIMIT $limit
            """,
            ("$after", sha256), ("$limit", limit));
    }

    /// <summary>Ids of up to <paramref name="limit"/> items that have this picture.</summary>
    public IReadOnlyList<string> ItemsOf(string sha256, int limit)
    {
        using var connection = _database.Open();
        return connection.ItemsOf(sha256, limit);
    }

    /// <summary>Whether an item has this picture or feedback keeps it.</summary>
    public bool IsUsed(string sha256) => Number(
        "SELECT EXISTS (SELECT 1 FROM items WHERE sha256 = $sha256) OR EXISTS (SELECT 1 FROM kept_pictures WHERE sha256 = $sha256)",
        ("$sha256", sha256)) > 0;

    /// <summary>Keeps all pictures, even those of deleted items, until the result is disposed of.</summary>
    public IDisposable KeepPictures() => _blobs.KeepAll();

    /// <summary>Writes a copy of the database as of one moment between two commits; reads and writes continue.</summary>
    public Task CopyToAsync(string path, CancellationToken cancel) => Task.Run(() => _database.CopyTo(path, cancel), cancel);

    /// <summary>
    /// Adds an item, or replaces the one with its id. The picture is stored before the row. Returns null, without writing
    /// anything, when another generation has become active since the item was embedded.
    /// </summary>
    /// <exception cref="WriteRefusedException">The condition does not hold, or the owner's quotas have no room.</exception>
    public async Task<PutResult?> PutAsync(
        NewItem item, ReadOnlyMemory<byte> picture, CancellationToken cancel, ItemCondition? condition = null)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(picture.Span));
        try
        {
            PutResult? result;
            IReadOnlyList<string> dropped;
            using (_blobs.Hold(sha256))
            {
                _blobs.Write(sha256, picture.Span);
                (result, dropped) = await _queue.WriteAsync(
                    session =>
                    {
                        var put = session.Put(item, sha256, picture.Length, condition);
                        return (put, put?.Former is { } former && former.Sha256 != sha256 ? session.ForgetPicture(former.Sha256) : []);
                    },
                    cancel);
            }

            RemoveUnused(dropped);

            if (result is null)
            {
                _blobs.RemoveUnused(sha256);
            }
            else if (result.Value.Former is { } former && former.Sha256 != sha256)
            {
                _blobs.RemoveUnused(former.Sha256);
            }

            return result;
        }
        catch
        {
            _blobs.RemoveUnused(sha256);
            throw;
        }
    }

    /// <summary>Changes label or attributes; null when there is no such item.</summary>
    /// <exception cref="WriteRefusedException">The condition does not hold.</exception>
    public Task<StoredItem?> PatchAsync(string id, ItemPatch patch, CancellationToken cancel, ItemCondition? condition = null) =>
        _queue.WriteAsync(session => session.Patch(id, patch, condition), cancel);

    /// <summary>Deletes an item and its embeddings; false when there is no such item.</summary>
    /// <exception cref="WriteRefusedException">The condition does not hold.</exception>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancel, ItemCondition? condition = null)
    {
        var (former, dropped) = await _queue.WriteAsync(
            session =>
            {
                var deleted = session.Delete(id, condition);
                return (deleted, deleted is null ? [] : session.ForgetPicture(deleted.Sha256));
            },
            cancel);
        if (former is not null)
        {
            RemoveUnused([.. dropped, former.Sha256]);
        }

        return former is not null;
    }

    /// <summary>Adds an embedding of another embedder; false when the item has been changed or deleted in the meantime.</summary>
    public Task<bool> AddEmbeddingAsync(StoredItem item, EmbeddedVector embedding, CancellationToken cancel) =>
        _queue.WriteAsync(session => session.AddEmbedding(item, embedding), cancel);

    /// <summary>Deletes the embeddings of all other embedders, in parts.</summary>
    public async Task DropOtherEmbeddingsAsync(IReadOnlyCollection<string> fingerprints, CancellationToken cancel)
    {
        var kept = JsonSerializer.Serialize(fingerprints);
        // In parts, so that other writes can proceed in between.
        while (await _queue.WriteAsync(
            session => session.Execute(
                $"""
                DELETE FROM embeddings WHERE rowid IN (SELECT rowid FROM embeddings WHERE embedder IN (
                    SELECT embedder FROM embedders WHERE fingerprint NOT IN (SELECT value FROM json_each($kept))) LIMIT {DroppedAtOnce})
                """,
                ("$kept", kept)),
            cancel) > 0)
        {
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> between two commits, so that it reads exactly what the listener has been notified of. Writes wait
    /// meanwhile, so it should be short. It cannot change items or embeddings; to try is an error.
    /// </summary>
    /// <exception cref="InvalidOperationException">The work wrote to the catalogue.</exception>
    public Task BetweenCommitsAsync(Func<Task> work, CancellationToken cancel) => _queue.PauseAsync(work, cancel);

    /// <summary>Key and label of every labelled item, in the order of the keys.</summary>
    public async IAsyncEnumerable<(long Key, string Label)> LabelsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command("SELECT key, label FROM items WHERE label IS NOT NULL ORDER BY key");
        using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return (reader.GetInt64(0), reader.GetString(1));
        }
    }

    /// <summary>All labelled items as of one moment, in the order of their keys.</summary>
    public async IAsyncEnumerable<StoredItem> LabelledAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command($"SELECT {RowMapping.ItemColumns} FROM items WHERE label IS NOT NULL ORDER BY key");
        using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return RowMapping.ReadItem(reader);
        }
    }

    /// <summary>Whether an item has the picture with this SHA-256.</summary>
    public ValueTask<bool> HasPictureAsync(string sha256, CancellationToken cancel) => ValueTask.FromResult(
        Number("SELECT count(*) FROM items WHERE sha256 = $sha256", ("$sha256", sha256)) > 0);

    /// <summary>
    /// Records whether two pictures belong together; newer feedback on a pair replaces older, whichever picture was the
    /// query.
    /// </summary>
    public Task GiveFeedbackAsync(StoredFeedback feedback, CancellationToken cancel) => _queue.WriteAsync(
        session =>
        {
            session.Give(feedback);
            return true;
        },
        cancel);

    /// <summary>
    /// Records feedback on a picture that may be no item, and keeps that picture as long as the feedback stands. The picture is stored
    /// before its row. Returns false, without writing anything, when the limits leave no place for it.
    /// </summary>
    public async Task<bool> GiveFeedbackAsync(
        StoredFeedback feedback, string sha256, ReadOnlyMemory<byte> picture, KeptPictureLimits limits, CancellationToken cancel)
    {
        var isKept = false;
        try
        {
            using (_blobs.Hold(sha256))
            {
                _blobs.Write(sha256, picture.Span);
                isKept = await _queue.WriteAsync(
                    session =>
                    {
                        if (!session.KeepPicture(sha256, picture.Length, limits))
                        {
                            return false;
                        }

                        session.Give(feedback);
                        return true;
                    },
                    cancel);
            }
        }
        finally
        {
            if (!isKept)
            {
                _blobs.RemoveUnused(sha256);
            }
        }

        return isKept;
    }

    /// <summary>Takes the feedback on a pair back, and with it a picture that was kept for it; false when there is none.</summary>
    public async Task<bool> TakeFeedbackBackAsync(string one, string other, CancellationToken cancel) =>
        RemoveUnused(await _queue.WriteAsync(session => session.TakeBack(one, other), cancel));

    /// <summary>Takes all feedback on a picture back, and with it the pictures that were kept for it; false when there is none.</summary>
    public async Task<bool> TakeFeedbackBackAsync(string sha256, CancellationToken cancel) =>
        RemoveUnused(await _queue.WriteAsync(session => session.TakeBack(sha256), cancel));

    /// <summary>Up to <paramref name="limit"/> pairs after a pair, in the order of their pictures.</summary>
    public ValueTask<IReadOnlyList<GivenFeedback>> FeedbackAfterAsync(string one, string other, int limit, CancellationToken cancel)
    {
        const string Item = "(SELECT id FROM items WHERE sha256 = {0} ORDER BY key LIMIT 1)";
        const string Kept = "EXISTS (SELECT 1 FROM kept_pictures WHERE sha256 = {0})";
        using var connection = _database.Open();
        using var command = connection.Command(
            $"""
            SELECT one, {Item.Replace("{0}", "one")}, {Kept.Replace("{0}", "one")},
                other, {Item.Replace("{0}", "other")}, {Kept.Replace("{0}", "other")}, is_right, given_at
            FROM feedback WHERE (one, other) > ($one, $other) ORDER BY one, other LIMIT $limit
            """,
            ("$one", one), ("$other", other), ("$limit", limit));
        using var reader = command.ExecuteReader();
        var feedback = new List<GivenFeedback>();
        while (reader.Read())
        {
            feedback.Add(new GivenFeedback(
                Read(reader, 0), Read(reader, 3), reader.GetInt64(6) != 0, DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(7))));
        }

        return ValueTask.FromResult<IReadOnlyList<GivenFeedback>>(feedback);

        static JudgedPicture Read(SqliteDataReader row, int column) => new(
            row.GetString(column), row.IsDBNull(column + 1) ? null : row.GetString(column + 1), row.GetInt64(column + 2) != 0);
    }

    /// <summary>Counts the feedback, and how much of it was given after <paramref name="since"/>.</summary>
    public ValueTask<FeedbackCount> CountFeedbackAsync(DateTimeOffset? since, CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command(
            """
            SELECT coalesce(sum(is_right), 0), coalesce(sum(1 - is_right), 0), coalesce(sum(given_at > $since), 0),
                (SELECT count(*) FROM kept_pictures), (SELECT coalesce(sum(bytes), 0) FROM kept_pictures)
            FROM feedback
            """,
            ("$since", since?.ToUnixTimeMilliseconds() ?? 0));
        using var reader = command.ExecuteReader();
        reader.Read();
        return ValueTask.FromResult(new FeedbackCount(
            reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
    }

    /// <summary>All feedback, in the order of the pictures.</summary>
    public async IAsyncEnumerable<StoredFeedback> FeedbackAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command("SELECT one, other, is_right FROM feedback ORDER BY one, other");
        using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return new StoredFeedback(reader.GetString(0), reader.GetString(1), reader.GetInt64(2) != 0);
        }
    }

    /// <summary>All generations, oldest first.</summary>
    public ValueTask<IReadOnlyList<StoredGeneration>> GenerationsAsync(CancellationToken cancel)
    {
        using var connection = _database.Open();
        return ValueTask.FromResult<IReadOnlyList<StoredGeneration>>(connection.Generations());
    }

    // The following rows do not affect items or indexes, so they need no sequence number and bypass the queue.
    /// <summary>Adds a generation; one that is active retires the former active one.</summary>
    public ValueTask<StoredGeneration> AddGenerationAsync(
        string model, string fingerprint, int dimension, GenerationState state, RolloutOrder order, CancellationToken cancel)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var isActive = state == GenerationState.Active;
        var activated = isActive ? GenerationWrites.LaterThanAll : "NULL";
        using var connection = _database.Open();
        using var pragma = connection.Command("PRAGMA synchronous = FULL");
        pragma.ExecuteNonQuery();
        using var transaction = connection.BeginTransaction();
        if (isActive)
        {
            using var retire = connection.Command("UPDATE generations SET state = 'retired' WHERE state = 'active'");
            retire.Transaction = transaction;
            retire.ExecuteNonQuery();
        }

        using var insert = connection.Command(
            $"""
            INSERT INTO generations (model, fingerprint, dimension, state, created_at, activated_at, unattended, overridden_by)
            VALUES ($model, $fingerprint, $dimension, $state, $now, {activated}, $unattended, $by)
            RETURNING {RowMapping.GenerationColumns}
            """,
            ("$model", model), ("$fingerprint", fingerprint), ("$dimension", dimension), ("$state", RowMapping.NameOf(state)),
            ("$now", now), ("$unattended", order.Unattended ? 1 : 0), ("$by", order.OverriddenBy));
        insert.Transaction = transaction;
        StoredGeneration row;
        using (var reader = insert.ExecuteReader())
        {
            reader.Read();
            row = RowMapping.ReadGeneration(reader);
        }

        transaction.Commit();
        return ValueTask.FromResult(row);
    }

    /// <summary>Records that a building generation did not come into service; one that did is unchanged.</summary>
    public ValueTask EndGenerationAsync(int number, GenerationState state, string problem, string? gate, CancellationToken cancel)
    {
        WriteNow(
            """
            UPDATE generations SET state = $state, problem = $problem, gate = $gate WHERE number = $number AND state = 'building'
            RETURNING number
            """,
            ("$number", number), ("$state", RowMapping.NameOf(state)), ("$problem", problem), ("$gate", gate));
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Activates a generation in one transaction, of which the listener is notified immediately. Returns false, without
    /// changing anything, when an item lacks its embedding.
    /// </summary>
    public Task<bool> ActivateAsync(int number, string? gate, CancellationToken cancel) =>
        _queue.WriteAsync(session => session.Activate(number, gate), cancel);

    /// <summary>
    /// Records the last change that a saved index contains, and drops the records of deletions that no saved index of a kept
    /// embedder needs any longer.
    /// </summary>
    public Task NoteSnapshotAsync(string fingerprint, long sequence, CancellationToken cancel)
    {
        WriteNow(
            "UPDATE generations SET snapshot = $sequence WHERE fingerprint = $fingerprint RETURNING number",
            ("$fingerprint", fingerprint), ("$sequence", sequence));
        // An embedder without vectors has no index to bring level; one without a snapshot is rebuilt.
        WriteNow(
            """
            DELETE FROM deletions WHERE sequence <= (SELECT min(snapshot) FROM generations
                WHERE EXISTS (SELECT 1 FROM embeddings JOIN embedders USING (embedder)
                    WHERE embedders.fingerprint = generations.fingerprint))
            """);
        return Task.CompletedTask;
    }

    /// <summary>A stored fact, or null.</summary>
    public ValueTask<string?> GetFactAsync(string name, CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command("SELECT value FROM facts WHERE name = $name", ("$name", name));
        return ValueTask.FromResult((string?)command.ExecuteScalar());
    }

    public ValueTask SetFactAsync(string name, string value, CancellationToken cancel)
    {
        WriteNow("INSERT OR REPLACE INTO facts (name, value) VALUES ($name, $value) RETURNING value", ("$name", name), ("$value", value));
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Deletes pictures that neither an item nor feedback uses and no write has announced. Returns the number of deleted files. Until it
    /// has found the catalogue whole, no picture is deleted at all.
    /// </summary>
    public int RemoveUnusedPictures(CancellationToken cancel)
    {
        // With a damaged index of items, used pictures would look unused.
        if (_database.FaultOfPictures() is { } fault)
        {
            _log.LogError("No picture is removed, because the catalogue is damaged: {Fault}", fault);
            return 0;
        }

        _picturesUntilChecked.Dispose();
        return _blobs.Sweep(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        _session.Dispose();
        _items.Dispose();
        _database.Dispose();
    }

    private bool RemoveUnused(IReadOnlyList<string>? pictures)
    {
        foreach (var sha256 in pictures ?? [])
        {
            _blobs.RemoveUnused(sha256);
        }

        return pictures is not null;
    }

    private long Number(string sql, params ReadOnlySpan<(string, object?)> parameters)
    {
        using var connection = _database.Open();
        using var command = connection.Command(sql, parameters);
        return (long)command.ExecuteScalar()!;
    }

    private List<StoredItem> Items(string condition, params ReadOnlySpan<(string, object?)> parameters)
    {
        using var connection = _database.Open();
        using var command = connection.Command($"SELECT {RowMapping.ItemColumns} FROM items {condition}", parameters);
        using var reader = command.ExecuteReader();
        var items = new List<StoredItem>();
        while (reader.Read())
        {
            items.Add(RowMapping.ReadItem(reader));
        }

        return items;
    }

    private object? WriteNow(string sql, params ReadOnlySpan<(string, object?)> parameters)
    {
        using var connection = _database.Open();
        using var pragma = connection.Command("PRAGMA synchronous = FULL");
        pragma.ExecuteNonQuery();
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar();
    }
}
