namespace Dml.Api.Security;

/// <summary>
/// A key as it is stored. <c>Sha256</c> is the hash of its secret in lower-case hex; the secret itself is not stored.
/// A revoked key stays in the list, so that a service without any usable key still requires one.
/// </summary>
internal sealed record ApiKey(string Name, Role Role, string Sha256, DateTimeOffset? CreatedAt = null, DateTimeOffset? RevokedAt = null)
{
    public bool IsUsable() => RevokedAt is null;
}
