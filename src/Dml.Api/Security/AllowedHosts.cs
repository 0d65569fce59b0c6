using Microsoft.AspNetCore.HostFiltering;

namespace Dml.Api.Security;

/// <summary>Host names that requests may use, unless <c>AllowedHosts</c> says so itself.</summary>
internal static class AllowedHosts
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];
    private static readonly string[] Any = ["*"];

    public static void AddAllowedHosts(this WebApplicationBuilder builder, Settings settings)
    {
        if (!string.IsNullOrEmpty(builder.Configuration["AllowedHosts"]))
        {
            return;
        }
        // Without keys a web site could point its own name at 127.0.0.1 and read through the visitor's browser; the
        // name gives it away. With keys it has no key, and probes call by addresses that nobody can list.
        builder.Services.Configure<HostFilteringOptions>(options => options.AllowedHosts = settings.HasKeys ? Any : Loopback);
    }
}
