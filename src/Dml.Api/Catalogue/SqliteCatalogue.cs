using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Dml.Api.Catalogue.Filters;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Index;
using Microsoft.Extensions.Options;

namespace Dml.Api.Catalogue;

/// <summary>
/// The durable record of items, their embeddings, the generations and feedback: one SQLite file (WAL, synchronous=FULL) and a folder of
/// pictures. A completed write survives <c>kill -9</c>. All members can be called from any thread.
/// </summary>
internal sealed class SqliteCatalogue : IAsyncDisposable
{
    private const int DroppedAtOnce = 2000;
    private const int EmbeddingsInPage = 2000;

    private readonly Database _database;
    private readonly BlobStore _blobs;
    private readonly CommitQueue _queue;
    private readonly WriteSession _session;
    private readonly ItemLookup _items;
    private readonly LevelFilters _filters;
    private readonly ILogger _log;

    // In a damaged catalogue a write may find another item's row under its id, and would remove that item's picture.
    private readonly IDisposable _picturesUntilChecked;

    public SqliteCatalogue(
        IOptions<DataOptions> data, TimeProvider clock, KnownProblems problems, FaultInjection faults, ILogger<SqliteCatalogue> log)
    {
        _log = log;
        _database = new Database(data.Value.Folder);
        _blobs = new BlobStore(Path.Combine(data.Value.Folder, "blobs"), IsUsed);
        _picturesUntilChecked = _blobs.KeepAll();
        _queue = new CommitQueue(problems, log);
        _session = new WriteSession(_database, clock, faults);
        _items = new ItemLookup(_database);
        _filters = new LevelFilters(_database, _queue, log);
        Generations = new GenerationStore(_database, _queue, clock);
        Feedback = new FeedbackStore(_database, _queue, _blobs);
    }

    public GenerationStore Generations { get; }

    public FeedbackStore Feedback { get; }

    /// <summary>Number of writes that wait for their commit.</summary>
    public int QueueLength => _queue.Length;

    /// <summary>Sequence number of the latest committed change; every change increases it.</summary>
    public long Sequence => _session.Sequence;

    /// <summary>
    /// Starts committing writes; until then they wait. <paramref name="listener"/> is notified of a commit before its
    /// writes are acknowledged.
    /// </summary>
    public void Start(ICommitListener listener) => _queue.Start(_session, _filters.Before(listener));

    public ValueTask<long> CountAsync(CancellationToken cancel) =>
        ValueTask.FromResult(Number("SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'items'"));

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

    /// <summary>
    /// Reads labels and attributes of all items into memory, where filters are answered. Call it before <see cref="Start"/>; otherwise the
    /// first filter waits for it.
    /// </summary>
    public void OpenFilters(CancellationToken cancel) => _filters.Open(cancel);

    /// <summary>Keys of the items that match a filter, those of every acknowledged write included.</summary>
    public ValueTask<KeySet> KeysAsync(ItemFilter filter, CancellationToken cancel) =>
        _filters.ReadAsync(index => index.Match(filter), cancel);

    /// <summary>Labels that begin with a text, whatever the case, and how many items have each; in the order of the alphabet.</summary>
    /// <param name="prefix">Empty for all labels.</param>
    /// <param name="after">Only labels that come after this one; null for all.</param>
    /// <param name="limit">Most of them.</param>
    /// <param name="cancel">Stops waiting.</param>
    public ValueTask<List<(string Label, long Items)>> LabelsAsync(string prefix, string? after, int limit, CancellationToken cancel) =>
        _filters.ReadAsync(index => index.Labels(prefix, after, limit), cancel);

    public ValueTask<long> CountEmbeddingsAsync(string fingerprint, CancellationToken cancel) => ValueTask.FromResult(Number(
        "SELECT coalesce((SELECT embeddings FROM embedders WHERE fingerprint = $f), 0)", ("$f", fingerprint)));

    /// <summary>
    /// The embeddings of an embedder that were written after a sequence number and until now. Those that are replaced or deleted meanwhile
    /// may be among them or not.
    /// </summary>
    public async IAsyncEnumerable<StoredEmbedding> EmbeddingsAsync(
        string fingerprint, long after, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var page in EmbeddingPagesAsync(fingerprint, after, cancel))
        {
            foreach (var embedding in page.Rows)
            {
                yield return embedding;
            }
        }
    }

    /// <summary>The same in parts. Each is a read of its own: during a long one, the write-ahead log could only grow.</summary>
    public async IAsyncEnumerable<EmbeddingPage> EmbeddingPagesAsync(
        string fingerprint, long after, [EnumeratorCancellation] CancellationToken cancel)
    {
        var last = Sequence;
        for (var row = long.MaxValue; ;)
        {
            var rows = new List<StoredEmbedding>(EmbeddingsInPage);
            using (var connection = _database.Open())
            {
                using var command = connection.Command(
                    """
                    SELECT key, vector, sequence, rowid FROM embeddings
                    WHERE embedder = (SELECT embedder FROM embedders WHERE fingerprint = $f)
                        AND (sequence, rowid) > ($after, $row) AND sequence <= $last
                    ORDER BY sequence, rowid LIMIT $limit
                    """,
                    ("$f", fingerprint), ("$after", after), ("$row", row), ("$last", last), ("$limit", EmbeddingsInPage));
                using var reader = await command.ExecuteReaderAsync(cancel);
                while (await reader.ReadAsync(cancel))
                {
                    rows.Add(new StoredEmbedding(reader.GetInt64(0), RowMapping.ReadVector(reader, 1)));
                    (after, row) = (reader.GetInt64(2), reader.GetInt64(3));
                }
            }

            var isLast = rows.Count < EmbeddingsInPage;
            if (rows.Count > 0)
            {
                // The next page may begin with the same number.
                yield return new EmbeddingPage(rows, isLast ? last : after - 1);
            }

            if (isLast)
            {
                yield break;
            }
        }
    }

    /// <summary>The embeddings that an embedder has of these items; none for an item without.</summary>
    public async Task<IReadOnlyList<StoredEmbedding>> EmbeddingsAsync(
        string fingerprint, IReadOnlyCollection<long> keys, CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command(
            """
            SELECT key, vector FROM embeddings
            WHERE embedder = (SELECT embedder FROM embedders WHERE fingerprint = $f) AND key IN (SELECT value FROM json_each($keys))
            """,
            ("$f", fingerprint), ("$keys", JsonSerializer.Serialize(keys)));
        using var reader = await command.ExecuteReaderAsync(cancel);
        var embeddings = new List<StoredEmbedding>();
        while (await reader.ReadAsync(cancel))
        {
            embeddings.Add(new StoredEmbedding(reader.GetInt64(0), RowMapping.ReadVector(reader, 1)));
        }

        return embeddings;
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

            _blobs.RemoveUnused(dropped);
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
            _blobs.RemoveUnused([.. dropped, former.Sha256]);
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

    /// <summary>
    /// Picture, label and id of every labelled item as of one moment, in the order of the pictures and, of one picture, of the keys.
    /// </summary>
    public async IAsyncEnumerable<(string Sha256, string Label, string Id)> LabelledAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command("SELECT sha256, label, id FROM items WHERE label IS NOT NULL ORDER BY sha256, key");
        using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return (reader.GetString(0), reader.GetString(1), reader.GetString(2));
        }
    }

    /// <summary>The labels of the items that have this picture.</summary>
    public IReadOnlyList<string> LabelsOf(string sha256)
    {
        using var connection = _database.Open();
        return connection.Texts("SELECT label FROM items WHERE sha256 = $sha256 AND label IS NOT NULL", ("$sha256", sha256));
    }

    /// <summary>Length of the catalogue's file.</summary>
    public long FileBytes => _database.FileBytes;

    /// <summary>Bytes of all pictures, each once.</summary>
    public ValueTask<long> CountPictureBytesAsync(CancellationToken cancel) => ValueTask.FromResult(Number(
        "SELECT coalesce(sum(bytes), 0) FROM (SELECT sha256, bytes FROM items UNION SELECT sha256, bytes FROM kept_pictures)"));

    /// <summary>Whether an item has the picture with this SHA-256.</summary>
    public ValueTask<bool> HasPictureAsync(string sha256, CancellationToken cancel) => ValueTask.FromResult(
        Number("SELECT EXISTS (SELECT 1 FROM items WHERE sha256 = $sha256)", ("$sha256", sha256)) > 0);

    /// <summary>A stored fact, or null.</summary>
    public ValueTask<string?> GetFactAsync(string name, CancellationToken cancel)
    {
        using var connection = _database.Open();
        using var command = connection.Command("SELECT value FROM facts WHERE name = $name", ("$name", name));
        return ValueTask.FromResult((string?)command.ExecuteScalar());
    }

    public ValueTask SetFactAsync(string name, string value, CancellationToken cancel)
    {
        _database.WriteNow(
            "INSERT OR REPLACE INTO facts (name, value) VALUES ($name, $value) RETURNING value", ("$name", name), ("$value", value));
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
        _filters.Dispose();
        _database.Dispose();
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
}
