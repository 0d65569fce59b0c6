namespace Dml.Api.Security;

/// <summary>Who sends a request: the name of the key, and its role; both null for who has shown no valid key.</summary>
internal sealed record Caller(string? Name, Role? Role, bool ShowedUnknownKey = false)
{
    /// <summary>Everybody, while no key protects the service: it listens on the loopback address only.</summary>
    public static readonly Caller Local = new(null, Security.Role.Admin);

    public static readonly Caller Nobody = new(null, null);

    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? Nobody;
}
