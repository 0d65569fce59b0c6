namespace Dml.Api.Security;

/// <summary>
/// A key as it is stored. <c>Sha256</c> is the hash of its secret in lower-case hex; the secret itself is not stored.
/// A revoked key stays in the list, so that a service without any usable key still requires one.
/// </summary>
internal sealed record ApiKey(string Name, Role Role, string Sha256, DateTimeOffset? CreatedAt = null, DateTimeOffset? RevokedAt = null)
{
    /// <summary>The moment from which it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The most items that may be its own at the same time; null for any number.</summary>
    public long? MaxItems { get; init; }

    /// <summary>The most bytes that the pictures of its items may have together; null for any number.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Seconds of decoding and embedding in a minute; null for any number.</summary>
    public double? EmbedSeconds { get; init; }

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;

    public bool IsUsable(DateTimeOffset now) => RevokedAt is null && !IsExpired(now);
}
