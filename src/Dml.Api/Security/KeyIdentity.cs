using System.Security.Principal;
using Dml.Api.Audit;

namespace Dml.Api.Security;

/// <summary>Identifies the caller by the header <c>X-Api-Key</c> or <c>Authorization: Bearer</c>.</summary>
internal sealed class KeyIdentity(RequestDelegate next, KeyRing keys, KeyUses uses, TimeProvider clock)
{
    public const string Header = "X-Api-Key";
    private const string Bearer = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        var caller = Identify(context.Request);
        context.Features.Set(caller);
        AuditActor.Current = new AuditActor(caller.Name, context.Connection.RemoteIpAddress?.ToString());
        if (caller.Name is { } name)
        {
            // For the access log and the traces, which are below this room and know nothing about keys.
            context.User = new GenericPrincipal(new GenericIdentity(name, Header), null);
        }

        return next(context);
    }

    private Caller Identify(HttpRequest request)
    {
        if (!keys.IsRequired)
        {
            return Caller.Local;
        }

        if (SecretOf(request) is not { Length: > 0 } secret)
        {
            return Caller.Nobody;
        }

        if (keys.Find(secret) is not { } key)
        {
            return new Caller(null, null, KeyFault.Unknown);
        }

        if (key.IsExpired(clock.GetUtcNow()))
        {
            return new Caller(null, null, KeyFault.Expired);
        }

        uses.Used(key);
        return new Caller(key, key.Role);
    }

    private static string? SecretOf(HttpRequest request)
    {
        if (request.Headers[Header] is [{ Length: > 0 } key, ..])
        {
            return key.Trim();
        }

        return request.Headers.Authorization is [{ } value, ..] && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? value[Bearer.Length..].Trim()
            : null;
    }
}
