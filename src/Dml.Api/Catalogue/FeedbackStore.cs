using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Dml.Api.Catalogue;

/// <summary>
/// What people said about pairs of pictures, and the pictures that are no items and are kept for it. All members can be called from any
/// thread.
/// </summary>
internal sealed class FeedbackStore(Database database, CommitQueue queue, BlobStore blobs)
{
    /// <summary>
    /// Records whether two pictures belong together; newer feedback on a pair replaces older, whichever picture was the
    /// query.
    /// </summary>
    public Task GiveAsync(StoredFeedback feedback, CancellationToken cancel) => queue.WriteAsync(
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
    public async Task<bool> GiveAsync(
        StoredFeedback feedback, string sha256, ReadOnlyMemory<byte> picture, KeptPictureLimits limits, CancellationToken cancel)
    {
        var isKept = false;
        try
        {
            using (blobs.Hold(sha256))
            {
                blobs.Write(sha256, picture.Span);
                isKept = await queue.WriteAsync(
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
                blobs.RemoveUnused(sha256);
            }
        }

        return isKept;
    }

    /// <summary>Takes the feedback on a pair back, and with it a picture that was kept for it; false when there is none.</summary>
    public async Task<bool> TakeBackAsync(string one, string other, CancellationToken cancel) =>
        Forget(await queue.WriteAsync(session => session.TakeBack(one, other), cancel));

    /// <summary>Takes all feedback on a picture back, and with it the pictures that were kept for it; false when there is none.</summary>
    public async Task<bool> TakeBackAsync(string sha256, CancellationToken cancel) =>
        Forget(await queue.WriteAsync(session => session.TakeBack(sha256), cancel));

    /// <summary>Up to <paramref name="limit"/> pairs after a pair, in the order of their pictures.</summary>
    public ValueTask<IReadOnlyList<GivenFeedback>> AfterAsync(string one, string other, int limit, CancellationToken cancel)
    {
        const string Item = "(SELECT id FROM items WHERE sha256 = {0} ORDER BY key LIMIT 1)";
        const string Kept = "EXISTS (SELECT 1 FROM kept_pictures WHERE sha256 = {0})";
        using var connection = database.Open();
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
    public ValueTask<FeedbackCount> CountAsync(DateTimeOffset? since, CancellationToken cancel)
    {
        using var connection = database.Open();
        using var command = connection.Command(
            """
            SELECT name, CAST(value AS INTEGER) FROM facts
            WHERE name IN ('right_feedback', 'wrong_feedback', 'kept_pictures', 'kept_bytes')
            UNION ALL SELECT 'newer', count(*) FROM feedback WHERE given_at > $since
            """,
            // Without a time everything is newer, and need not be counted.
            ("$since", since?.ToUnixTimeMilliseconds() ?? long.MaxValue));
        using var reader = command.ExecuteReader();
        var counts = new Dictionary<string, long>();
        while (reader.Read())
        {
            counts[reader.GetString(0)] = reader.GetInt64(1);
        }

        var (right, wrong) = (counts["right_feedback"], counts["wrong_feedback"]);
        return ValueTask.FromResult(new FeedbackCount(
            right, wrong, since is null ? right + wrong : counts["newer"], counts["kept_pictures"], counts["kept_bytes"]));
    }

    /// <summary>All feedback, in the order of the pictures.</summary>
    public async IAsyncEnumerable<StoredFeedback> AllAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using var connection = database.Open();
        using var command = connection.Command("SELECT one, other, is_right FROM feedback ORDER BY one, other");
        using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return new StoredFeedback(reader.GetString(0), reader.GetString(1), reader.GetInt64(2) != 0);
        }
    }

    private bool Forget(IReadOnlyList<string>? pictures)
    {
        blobs.RemoveUnused(pictures ?? []);
        return pictures is not null;
    }
}
