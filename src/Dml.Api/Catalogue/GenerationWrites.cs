namespace Dml.Api.Catalogue;

/// <summary>The writes of generations inside the transaction.</summary>
internal static class GenerationWrites
{
    public static string? ActiveFingerprint(this WriteSession session) =>
        (string?)session.Scalar("SELECT fingerprint FROM generations WHERE state = 'active'");

    /// <summary>
    /// Activates a generation unless an item lacks its embedding. Checked in the same transaction, so that no write can
    /// intervene.
    /// </summary>
    public static bool Activate(this WriteSession session, int number, string? gate)
    {
        var missing = session.Exists(
            """
            SELECT 1 FROM items WHERE NOT EXISTS (
                SELECT 1 FROM embeddings WHERE embeddings.key = items.key AND embedder = (
                    SELECT embedder FROM embedders JOIN generations USING (fingerprint) WHERE number = $number)) LIMIT 1
            """,
            ("$number", number));
        if (missing)
        {
            return false;
        }

        session.Execute("UPDATE generations SET state = 'retired' WHERE state = 'active' AND number <> $number", ("$number", number));
        session.Execute(
            "UPDATE generations SET state = 'active', activated_at = $now, gate = coalesce($gate, gate), problem = NULL WHERE number = "
            + "$number",
            ("$number", number), ("$gate", gate), ("$now", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        session.Activated(number);
        return true;
    }
}
