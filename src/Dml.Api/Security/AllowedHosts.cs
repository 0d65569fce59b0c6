using Microsoft.AspNetCore.HostFiltering;

namespace Dml.Api.Security;

/// <summary>Restricts the host names that requests may use, unless the setting <c>AllowedHosts</c> does.</summary>
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
        // DNS rebinding: a website could point its own name at 127.0.0.1 and read the catalogue through a visitor's browser.
        // With API keys it would lack a key, and probes may use any address.
        builder.Services.Configure<HostFilteringOptions>(options => options.AllowedHosts = settings.HasKeys ? Any : Loopback);
    }
}
