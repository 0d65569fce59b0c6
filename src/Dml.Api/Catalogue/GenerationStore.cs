using Dml.Contracts;

namespace Dml.Api.Catalogue;

/// <summary>
/// The record of the generations. Rows that affect neither items nor indexes need no sequence number: all but an activation bypass the
/// queue. All members can be called from any thread.
/// </summary>
internal sealed class GenerationStore(Database database, CommitQueue queue, TimeProvider clock)
{
    /// <summary>All generations, oldest first.</summary>
    public ValueTask<IReadOnlyList<StoredGeneration>> AllAsync(CancellationToken cancel)
    {
        using var connection = database.Open();
        return ValueTask.FromResult<IReadOnlyList<StoredGeneration>>(connection.Generations());
    }

    /// <summary>Adds a generation; one that is active retires the former active one.</summary>
    public ValueTask<StoredGeneration> AddAsync(
        string model, string fingerprint, int dimension, GenerationState state, RolloutOrder order, CancellationToken cancel)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var isActive = state == GenerationState.Active;
        var activated = isActive ? GenerationWrites.LaterThanAll : "NULL";
        using var connection = database.OpenBesideWriter();
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
    public ValueTask EndAsync(int number, GenerationState state, string problem, string? gate, CancellationToken cancel)
    {
        database.WriteNow(
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
        queue.WriteAsync(session => session.Activate(number, gate), cancel);

    /// <summary>
    /// Records the last change that a saved index contains, and drops the records of deletions that no saved index of a kept
    /// embedder needs any longer.
    /// </summary>
    public Task NoteSnapshotAsync(string fingerprint, long sequence, CancellationToken cancel)
    {
        database.WriteNow(
            "UPDATE generations SET snapshot = $sequence WHERE fingerprint = $fingerprint RETURNING number",
            ("$fingerprint", fingerprint), ("$sequence", sequence));
        // An embedder without vectors has no index to bring level; one without a snapshot is rebuilt.
        database.WriteNow(
            """
            DELETE FROM deletions WHERE sequence <= (SELECT min(snapshot) FROM generations
                WHERE EXISTS (SELECT 1 FROM embeddings JOIN embedders USING (embedder)
                    WHERE embedders.fingerprint = generations.fingerprint))
            """);
        return Task.CompletedTask;
    }
}
