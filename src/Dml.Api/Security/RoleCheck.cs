using Dml.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Security;

/// <summary>Lets a request through when its caller has the role that the endpoint needs.</summary>
internal sealed class RoleCheck(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        // Without a route there is nothing to protect: the page's files, the OpenAPI document, 404 and 405.
        if (context.GetEndpoint() is not RouteEndpoint { RoutePattern.RawText: { } route }
            || EndpointRoles.Of(context.Request.Method, route) is not { } needed)
        {
            return next(context);
        }

        var caller = Caller.Of(context);
        return caller.Role >= needed ? next(context) : Refuse(context, caller, needed).ExecuteAsync(context);
    }

    private static ProblemHttpResult Refuse(HttpContext context, Caller caller, Role needed)
    {
        if (caller.Role is { } role)
        {
            return ProblemCode.RoleTooLow.With($"The key \"{caller.Name}\" has the role {NameOf(role)}; this call needs {NameOf(needed)}.");
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return caller.ShowedUnknownKey
            ? ProblemCode.KeyUnknown.With("No such key, or it was revoked. `keys list` shows the keys there are.")
            : ProblemCode.KeyMissing.With($"Send a key of the role {NameOf(needed)} in the header {KeyIdentity.Header}, or as Authorization: Bearer.");
    }

    private static string NameOf(Role role) => role.ToString().ToLowerInvariant();
}
