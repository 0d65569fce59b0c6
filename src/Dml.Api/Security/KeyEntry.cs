namespace Dml.Api.Security;

/// <summary>A key in the configuration, as it is written there.</summary>
internal sealed class KeyEntry
{
    public string? Name { get; set; }

    /// <summary><c>search</c>, <c>write</c> or <c>admin</c>.</summary>
    public string? Role { get; set; }

    /// <summary>The SHA-256 of the secret, in hexadecimal.</summary>
    public string? Sha256 { get; set; }
}
