namespace Dml.Api.Catalogue;

/// <summary>What the generations' writes do inside the transaction.</summary>
internal static class GenerationWrites
{
    public static string? ActiveFingerprint(this WriteSession session) =>
        (string?)session.Scalar("SELECT fingerprint FROM generations WHERE state = 'active'");

    /// <summary>
    /// Makes a generation the active one, unless an item lacks its embedding: asked in the same transaction, so no
    /// write slips between.
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
            "UPDATE generations SET state = 'active', activated_at = $now, gate = coalesce($gate, gate), problem = NULL WHERE number = $number",
            ("$number", number), ("$gate", gate), ("$now", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        session.Activated(number);
        return true;
    }
}
