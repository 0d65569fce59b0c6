using Dml.Api.Failures;
using Dml.Contracts;

namespace Dml.Api.Catalogue;

/// <summary>The writes of items inside the transaction.</summary>
internal static class ItemWrites
{
    /// <summary>Adds or replaces an item; null when another generation has become active since the item was embedded.</summary>
    /// <exception cref="WriteRefusedException">The condition does not hold, or the owner's quotas have no room.</exception>
    public static PutResult? Put(this WriteSession session, NewItem item, string sha256, long bytes, ItemCondition? condition)
    {
        if (session.ActiveFingerprint() is { } active && !item.Embeddings.Any(embedding => embedding.Fingerprint == active))
        {
            return null;
        }

        var known = session.Find(item.Id);
        condition?.Check(item.Id, known);
        if (item.Owner is { IsLimited: true } owner)
        {
            session.CheckQuotas(owner, item.Id, bytes);
        }

        var sequence = session.NextSequence();
        var now = session.Now;
        session.Execute(
            """
            INSERT INTO items (id, sha256, content_type, width, height, bytes, label, attributes, sequence, created_at, updated_at, owner)
            VALUES ($id, $sha256, $type, $width, $height, $bytes, $label, $attributes, $sequence, $now, $now, $owner)
            ON CONFLICT (id) DO UPDATE SET
                sha256 = $sha256, content_type = $type, width = $width, height = $height, bytes = $bytes,
                label = $label, attributes = $attributes, sequence = $sequence, updated_at = $now, owner = $owner
            """,
            ("$id", item.Id), ("$sha256", sha256), ("$type", item.ContentType), ("$width", item.Width), ("$height", item.Height),
            ("$bytes", bytes), ("$label", item.Label), ("$attributes", item.Attributes), ("$sequence", sequence), ("$now", now),
            ("$owner", item.Owner?.Name));
        var stored = session.Find(item.Id)!;
        if (known is not null)
        {
            // Other embedders' vectors of the former picture must be deleted too, here and in indexes that are not loaded.
            session.Execute("DELETE FROM embeddings WHERE key = $key", ("$key", stored.Key));
            session.RecordDeletion(sequence, stored.Key);
        }

        session.WriteEmbeddings(stored.Key, sequence, item.Embeddings);
        session.Changed(new CommittedChange(sequence, stored.Key, item.Embeddings, PictureChanged: true));
        session.FieldsChanged(known, stored);
        return new PutResult(stored, known);
    }

    /// <exception cref="WriteRefusedException">The condition does not hold.</exception>
    public static StoredItem? Patch(this WriteSession session, string id, ItemPatch patch, ItemCondition? condition)
    {
        var known = session.Find(id);
        condition?.Check(id, known);
        if (known is not { } item)
        {
            return null;
        }

        var (label, attributes) = patch.Apply(item.Label, item.Attributes);
        session.Execute(
            "UPDATE items SET label = $label, attributes = $attributes, sequence = $sequence, updated_at = $now WHERE key = $key",
            ("$label", label), ("$attributes", attributes), ("$sequence", session.NextSequence()),
            ("$now", session.Now), ("$key", item.Key));
        var stored = session.Find(id);
        session.FieldsChanged(item, stored);
        return stored;
    }

    /// <summary>Deletes the row and records the deletion for older index snapshots. Returns the former item, or null.</summary>
    /// <exception cref="WriteRefusedException">The condition does not hold.</exception>
    public static StoredItem? Delete(this WriteSession session, string id, ItemCondition? condition)
    {
        var known = session.Find(id);
        condition?.Check(id, known);
        if (known is not { } item)
        {
            return null;
        }

        var sequence = session.NextSequence();
        session.Execute("DELETE FROM items WHERE key = $key", ("$key", item.Key));
        session.RecordDeletion(sequence, item.Key);
        session.Changed(new CommittedChange(sequence, item.Key, [], PictureChanged: true));
        session.FieldsChanged(item, null);
        return item;
    }

    public static bool AddEmbedding(this WriteSession session, StoredItem item, EmbeddedVector embedding)
    {
        if (session.Find(item.Id) is not { } now || now.Key != item.Key || now.Sha256 != item.Sha256)
        {
            return false;
        }

        var sequence = session.NextSequence();
        EmbeddedVector[] embeddings = [embedding];
        session.WriteEmbeddings(item.Key, sequence, embeddings);
        session.Changed(new CommittedChange(sequence, item.Key, embeddings, PictureChanged: false));
        return true;
    }

    private static void CheckQuotas(this WriteSession session, ItemOwner owner, string id, long bytes)
    {
        // What the item itself counts now is given back when it is replaced.
        const string Ours = "FROM items WHERE id = $id AND owner = $owner";
        var items = Sum("items", "1");
        var stored = Sum("bytes", "bytes");
        if (items + 1 > owner.MaxItems)
        {
            throw new WriteRefusedException(new Refusal(
                ProblemCode.QuotaFull,
                $"The key \"{owner.Name}\" has {items} items, and may have {owner.MaxItems}. Delete some, or ask for a larger quota."));
        }

        if (stored + bytes > owner.MaxBytes)
        {
            throw new WriteRefusedException(new Refusal(
                ProblemCode.QuotaFull,
                $"The pictures of the key \"{owner.Name}\" have {stored} bytes, and may have {owner.MaxBytes}; this one has {bytes}. "
                + "Delete some, or ask for a larger quota."));
        }

        long Sum(string column, string own) => (long)session.Scalar(
            $"SELECT coalesce((SELECT {column} FROM owners WHERE owner = $owner), 0) - coalesce((SELECT {own} {Ours}), 0)",
            ("$owner", owner.Name), ("$id", id))!;
    }

    private static void RecordDeletion(this WriteSession session, long sequence, long key) =>
        session.Execute("INSERT INTO deletions (sequence, key) VALUES ($sequence, $key)", ("$sequence", sequence), ("$key", key));

    private static void WriteEmbeddings(this WriteSession session, long key, long sequence, IReadOnlyList<EmbeddedVector> embeddings)
    {
        foreach (var embedding in embeddings)
        {
            session.Execute(
                """
                INSERT INTO embeddings (key, embedder, sequence, vector) VALUES ($key, $embedder, $sequence, $vector)
                ON CONFLICT (key, embedder) DO UPDATE SET sequence = $sequence, vector = $vector
                """,
                ("$key", key), ("$embedder", session.EmbedderOf(embedding.Fingerprint)), ("$sequence", sequence),
                ("$vector", RowMapping.WriteVector(embedding.Vector)));
        }
    }
}
