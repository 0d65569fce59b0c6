namespace Dml.Api.Catalogue;

/// <summary>The writes of items inside the transaction.</summary>
internal static class ItemWrites
{
    /// <summary>Adds or replaces an item; null when another generation has become active since the item was embedded.</summary>
    public static PutResult? Put(this WriteSession session, NewItem item, string sha256, long bytes)
    {
        if (session.ActiveFingerprint() is { } active && !item.Embeddings.Any(embedding => embedding.Fingerprint == active))
        {
            return null;
        }

        var sequence = session.NextSequence();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var known = session.Find(item.Id);
        session.Execute(
            """
            INSERT INTO items (id, sha256, content_type, width, height, bytes, label, attributes, sequence, created_at, updated_at)
            VALUES ($id, $sha256, $type, $width, $height, $bytes, $label, $attributes, $sequence, $now, $now)
            ON CONFLICT (id) DO UPDATE SET
                sha256 = $sha256, content_type = $type, width = $width, height = $height, bytes = $bytes,
                label = $label, attributes = $attributes, sequence = $sequence, updated_at = $now
            """,
            ("$id", item.Id), ("$sha256", sha256), ("$type", item.ContentType), ("$width", item.Width), ("$height", item.Height),
            ("$bytes", bytes), ("$label", item.Label), ("$attributes", item.Attributes), ("$sequence", sequence), ("$now", now));
        var stored = session.Find(item.Id)!;
        if (known is not null)
        {
            // Other embedders' vectors of the former picture must be deleted too, here and in indexes that are not loaded.
            session.Execute("DELETE FROM embeddings WHERE key = $key", ("$key", stored.Key));
            session.RecordDeletion(sequence, stored.Key);
        }

        session.WriteEmbeddings(stored.Key, sequence, item.Embeddings);
        session.Changed(new CommittedChange(sequence, stored.Key, item.Embeddings, PictureChanged: true));
        return new PutResult(stored, known);
    }

    public static StoredItem? Patch(this WriteSession session, string id, ItemPatch patch)
    {
        if (session.Find(id) is not { } item)
        {
            return null;
        }

        var (label, attributes) = patch.Apply(item.Label, item.Attributes);
        session.Execute(
            "UPDATE items SET label = $label, attributes = $attributes, sequence = $sequence, updated_at = $now WHERE key = $key",
            ("$label", label), ("$attributes", attributes), ("$sequence", session.NextSequence()),
            ("$now", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()), ("$key", item.Key));
        return session.Find(id);
    }

    /// <summary>Deletes the row and records the deletion for older index snapshots. Returns the former item, or null.</summary>
    public static StoredItem? Delete(this WriteSession session, string id)
    {
        if (session.Find(id) is not { } item)
        {
            return null;
        }

        var sequence = session.NextSequence();
        session.Execute("DELETE FROM items WHERE key = $key", ("$key", item.Key));
        session.RecordDeletion(sequence, item.Key);
        session.Changed(new CommittedChange(sequence, item.Key, [], PictureChanged: true));
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

    private static void RecordDeletion(this WriteSession session, long sequence, long key) =>
        session.Execute("INSERT INTO deletions (sequence, key) VALUES ($sequence, $key)", ("$sequence", sequence), ("$key", key));

    private static void WriteEmbeddings(this WriteSession session, long key, long sequence, IReadOnlyList<EmbeddedVector> embeddings)
    {
        foreach (var embedding in embeddings)
        {
            session.Execute(
                "INSERT OR REPLACE INTO embeddings (key, embedder, sequence, vector) VALUES ($key, $embedder, $sequence, $vector)",
                ("$key", key), ("$embedder", session.EmbedderOf(embedding.Fingerprint)), ("$sequence", sequence),
                ("$vector", RowMapping.WriteVector(embedding.Vector)));
        }
    }
}
