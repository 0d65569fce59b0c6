namespace Dml.Api.Security;

/// <summary>A key in the configuration, as it is written there.</summary>
internal sealed class KeyEntry
{
    public string? Name { get; set; }

    /// <summary><c>search</c>, <c>write</c> or <c>admin</c>.</summary>
    public string? Role { get; set; }

    /// <summary>The SHA-256 of the secret, in hexadecimal.</summary>
    public string? Sha256 { get; set; }

    /// <summary>The date, or date and time, from which the key is refused.</summary>
    public string? ExpiresAt { get; set; }

    /// <summary>The most items of its own.</summary>
    public string? MaxItems { get; set; }

    /// <summary>The most bytes of its items' pictures.</summary>
    public string? MaxBytes { get; set; }

    /// <summary>Seconds of decoding and embedding in a minute.</summary>
    public string? EmbedSeconds { get; set; }
}
