using Dml.Api.Http;

namespace Dml.Api.Security;

/// <summary>Passes a request on if its caller has the role that the endpoint requires.</summary>
internal sealed class RoleCheck(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        // Without a route there is nothing to protect: static files, the OpenAPI document, 404 and 405.
        if (context.GetEndpoint() is not RouteEndpoint endpoint || RequiredRole.Of(endpoint.Metadata) is not { } required)
        {
            return next(context);
        }

        var caller = Caller.Of(context);
        return caller.Role >= required ? next(context) : RefuseAsync(context, caller, required);
    }

    private static Task RefuseAsync(HttpContext context, Caller caller, Role required)
    {
        if (caller.Role is { } role)
        {
            return context.AnswerAsync(
                ProblemType.RoleTooLow,
                $"The key \"{caller.Name}\" has the role {NameOf(role)}; this call requires {NameOf(required)}.");
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return caller.Fault switch
        {
            KeyFault.Unknown => context.AnswerAsync(
                ProblemType.KeyUnknown, "The key is unknown or has been revoked. `keys list` shows the keys."),
            KeyFault.Expired => context.AnswerAsync(
                ProblemType.KeyExpired, "The key has expired. `keys create` makes a new one; an expired key's name may be used again."),
            _ => context.AnswerAsync(
                ProblemType.KeyMissing,
                $"Send a key with the role {NameOf(required)} in the header {KeyIdentity.Header}, or as Authorization: Bearer."),
        };
    }

    private static string NameOf(Role role) => role.ToString().ToLowerInvariant();
}
