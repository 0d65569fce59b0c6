namespace Dml.Api.Security;

/// <summary>The sender of a request: its key and role, both null without a valid key.</summary>
internal sealed record Caller(ApiKey? Key, Role? Role, KeyFault Fault = KeyFault.None)
{
    /// <summary>Every caller of a service without keys, which listens on loopback addresses only.</summary>
    public static readonly Caller Local = new(null, Security.Role.Admin);

    public static readonly Caller Nobody = new(null, null);

    public string? Name => Key?.Name;

    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? Nobody;
}
