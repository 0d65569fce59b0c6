using System.Security.Principal;

namespace Dml.Api.Security;

/// <summary>Identifies the caller by the header <c>X-Api-Key</c> or <c>Authorization: Bearer</c>.</summary>
internal sealed class KeyIdentity(RequestDelegate next, KeyRing keys)
{
    public const string Header = "X-Api-Key";
    private const string Bearer = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        var caller = Identify(context.Request);
        context.Features.Set(caller);
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

        return keys.Find(secret) is { } key ? new Caller(key.Name, key.Role) : new Caller(null, null, ShowedUnknownKey: true);
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
