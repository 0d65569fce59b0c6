namespace Dml.Api.Security;

/// <summary>
/// A key as it is kept: <c>Sha256</c> is the hash of its secret in lower-case hex, the secret itself is nowhere.
/// A revoked key stays in the list, so that a service whose last key went does not open its door.
/// </summary>
internal sealed record ApiKey(string Name, Role Role, string Sha256, DateTimeOffset? CreatedAt = null, DateTimeOffset? RevokedAt = null)
{
    public bool IsUsable() => RevokedAt is null;
}
