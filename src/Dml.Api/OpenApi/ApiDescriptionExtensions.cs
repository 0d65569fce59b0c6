using Dml.Api.Security;
using Microsoft.AspNetCore.Mvc.ApiExplorer;

namespace Dml.Api.OpenApi;

/// <summary>What the layers before an endpoint know of it.</summary>
internal static class ApiDescriptionExtensions
{
    /// <summary>The role that a call needs; null when it needs no key.</summary>
    public static Role? RoleNeeded(this ApiDescription api) => EndpointRoles.Of(api.HttpMethod ?? "", api.RelativePath ?? "");

    public static bool IsProbe(this ApiDescription api) => api.RelativePath?.StartsWith("healthz/", StringComparison.Ordinal) == true;
}
