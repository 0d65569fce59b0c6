namespace Dml.Api.Catalogue;

/// <summary>The writes of generations inside the transaction.</summary>
internal static class GenerationWrites
{
    /// <summary>
    /// The time $now, or a moment after the latest activation where the clock has been set back: the most recently active generations
    /// are kept, and they are found by this time.
    /// </summary>
    public const string LaterThanAll = "(SELECT max($now, coalesce(max(activated_at) + 1, $now)) FROM generations)";

    public static string? ActiveFingerprint(this WriteSession session) =>
        (string?)session.Scalar("SELECT fingerprint FROM generations WHERE state = 'active'");

    /// <summary>
    /// Activates a generation unless an item lacks its embedding. Checked in the same transaction, so that no write can
    /// intervene.
    /// </summary>
    public static bool Activate(this WriteSession session, int number, string? gate)
    {
        // Every embedding belongs to an item, so none is missing where there are as many.
        var isWhole = session.Exists(
            """
            SELECT 1 FROM facts WHERE name = 'items' AND CAST(value AS INTEGER) = coalesce((
                SELECT embeddings FROM embedders JOIN generations USING (fingerprint) WHERE number = $number), 0)
            """,
            ("$number", number));
        if (!isWhole)
        {
            return false;
        }

        session.Execute("UPDATE generations SET state = 'retired' WHERE state = 'active' AND number <> $number", ("$number", number));
        session.Execute(
            $"""
            UPDATE generations SET state = 'active', activated_at = {LaterThanAll}, gate = coalesce($gate, gate), problem = NULL
            WHERE number = $number
            """,
            ("$number", number), ("$gate", gate), ("$now", session.Now));
        session.Activated(number);
        return true;
    }
}
