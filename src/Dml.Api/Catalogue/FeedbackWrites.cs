namespace Dml.Api.Catalogue;

/// <summary>
/// The writes of feedback inside the transaction. A picture of a query that is not an item is kept as long as there is feedback on it and
/// one of the pictures that it was compared with.
/// </summary>
internal static class FeedbackWrites
{
    /// <summary>Newer feedback on a pair replaces older.</summary>
    public static void Give(this WriteSession session, StoredFeedback feedback) => session.Execute(
        """
        INSERT INTO feedback (one, other, is_right, given_at) VALUES ($one, $other, $right, $now)
        ON CONFLICT DO UPDATE SET is_right = excluded.is_right, given_at = excluded.given_at
        """,
        ("$one", feedback.One), ("$other", feedback.Other), ("$right", feedback.IsRight ? 1 : 0),
        ("$now", session.Now));

    /// <summary>Keeps a picture unless an item has it or it is kept already; false when there is no place for it.</summary>
    public static bool KeepPicture(this WriteSession session, string sha256, long bytes, KeptPictureLimits limits)
    {
        if (session.HasItemWith(sha256) || session.IsKept(sha256))
        {
            return true;
        }

        if (Fact("kept_pictures") >= limits.Pictures || Fact("kept_bytes") + bytes > limits.Bytes)
        {
            return false;
        }

        session.Execute(
            "INSERT INTO kept_pictures (sha256, bytes, kept_at) VALUES ($sha256, $bytes, $now)",
            ("$sha256", sha256), ("$bytes", bytes), ("$now", session.Now));
        return true;

        long Fact(string name) =>
            (long)session.Scalar("SELECT CAST(value AS INTEGER) FROM facts WHERE name = $name", ("$name", name))!;
    }

    /// <summary>
    /// Takes the feedback on a pair back. Returns null when there is none, else the kept pictures that nothing needs any more.
    /// </summary>
    public static IReadOnlyList<string>? TakeBack(this WriteSession session, string one, string other) =>
        session.Execute("DELETE FROM feedback WHERE one = $one AND other = $other", ("$one", one), ("$other", other)) == 0
            ? null
            : [.. new[] { one, other }.Where(session.DropUnjudged)];

    /// <summary>
    /// Takes all feedback on a picture back. Returns null when there is none, else the kept pictures that nothing needs any more.
    /// </summary>
    public static IReadOnlyList<string>? TakeBack(this WriteSession session, string sha256)
    {
        var partners = session.PartnersOf(sha256);
        session.Execute("DELETE FROM feedback WHERE one = $sha256 OR other = $sha256", ("$sha256", sha256));
        return partners.Count == 0 ? null : [.. partners.Append(sha256).Where(session.DropUnjudged)];
    }

    /// <summary>
    /// After an item was deleted or its picture replaced: forgets what was kept of that picture or only to be compared with it, unless
    /// another item has it. Returns the kept pictures that nothing needs any more.
    /// </summary>
    public static IReadOnlyList<string> ForgetPicture(this WriteSession session, string sha256)
    {
        if (session.HasItemWith(sha256))
        {
            return [];
        }

        if (session.IsKept(sha256))
        {
            return session.TakeBack(sha256) ?? [];
        }

        var kept = session.PartnersOf(sha256).Where(session.IsKept).ToList();
        foreach (var partner in kept)
        {
            session.Execute(
                "DELETE FROM feedback WHERE (one = $one AND other = $other) OR (one = $other AND other = $one)",
                ("$one", sha256), ("$other", partner));
        }

        return [.. kept.Where(session.DropUnjudged)];
    }

    // True when the picture was kept and no longer is.
    private static bool DropUnjudged(this WriteSession session, string sha256) => session.Execute(
        """
        DELETE FROM kept_pictures WHERE sha256 = $sha256
            AND NOT EXISTS (SELECT 1 FROM feedback WHERE one = $sha256) AND NOT EXISTS (SELECT 1 FROM feedback WHERE other = $sha256)
        """,
        ("$sha256", sha256)) > 0;

    private static bool HasItemWith(this WriteSession session, string sha256) =>
        session.Exists("SELECT 1 FROM items WHERE sha256 = $sha256 LIMIT 1", ("$sha256", sha256));

    private static bool IsKept(this WriteSession session, string sha256) =>
        session.Exists("SELECT 1 FROM kept_pictures WHERE sha256 = $sha256", ("$sha256", sha256));

    private static IReadOnlyList<string> PartnersOf(this WriteSession session, string sha256) => session.Texts(
        "SELECT other FROM feedback WHERE one = $sha256 UNION SELECT one FROM feedback WHERE other = $sha256", ("$sha256", sha256));
}
