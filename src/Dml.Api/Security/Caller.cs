namespace Dml.Api.Security;

/// <summary>The sender of a request: name and role of its key, both null without a valid key.</summary>
internal sealed record Caller(string? Name, Role? Role, bool ShowedUnknownKey = false)
{
    /// <summary>Every caller of a service without keys, which listens on loopback addresses only.</summary>
    public static readonly Caller Local = new(null, Security.Role.Admin);

    public static readonly Caller Nobody = new(null, null);

    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? Nobody;
}
