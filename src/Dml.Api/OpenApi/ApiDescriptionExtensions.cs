using Dml.Api.Security;
using Microsoft.AspNetCore.Mvc.ApiExplorer;

namespace Dml.Api.OpenApi;

/// <summary>What the middleware in front of an endpoint knows about it.</summary>
internal static class ApiDescriptionExtensions
{
    /// <summary>The role that a call requires; null when it needs no key.</summary>
    public static Role? RequiredRole(this ApiDescription api) => Security.RequiredRole.Of(api.ActionDescriptor.EndpointMetadata);

    public static bool IsProbe(this ApiDescription api) => api.RelativePath?.StartsWith("healthz/", StringComparison.Ordinal) == true;
}
