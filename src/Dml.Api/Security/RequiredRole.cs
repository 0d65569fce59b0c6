using Microsoft.AspNetCore.Authorization;

namespace Dml.Api.Security;

/// <summary>
/// The role that an endpoint declares. An endpoint that declares none requires an admin, so a forgotten declaration opens
/// nothing; <c>AllowAnonymous()</c> opens an endpoint to callers without a key.
/// </summary>
internal sealed record RequiredRole(Role Role)
{
    /// <summary>The role that an endpoint with this metadata requires; null when it needs no key.</summary>
    public static Role? Of(IEnumerable<object> metadata)
    {
        Role? role = null;
        foreach (var entry in metadata)
        {
            if (entry is IAllowAnonymous)
            {
                return null;
            }

            role = entry is RequiredRole required ? required.Role : role;
        }

        return role ?? Role.Admin;
    }
}

/// <summary>Declares roles where endpoints are mapped.</summary>
internal static class RequiredRoleExtensions
{
    public static TBuilder RequireRole<TBuilder>(this TBuilder endpoint, Role role)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredRole(role));
}
