namespace Dml.Api.Security;

/// <summary>Finds out who calls: header <c>X-Api-Key</c>, or <c>Authorization: Bearer</c>.</summary>
internal sealed class KeyIdentity(RequestDelegate next, KeyRing keys)
{
    public const string Header = "X-Api-Key";
    private const string Bearer = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        context.Features.Set(Identify(context.Request));
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
