using Dml.Api.Configuration;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;

namespace Dml.Api.Security;

/// <summary>Registers keys and the filter of host names.</summary>
internal static class SecuritySetup
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];
    private static readonly string[] Any = ["*"];

    public static void AddSecurity(this IServiceCollection services)
    {
        services.AddSettings<SecurityOptions>()
            .PostConfigure<IOptions<DataOptions>, TimeProvider>((security, data, clock) =>
                security.Resolve(data.Value.Folder, clock.GetUtcNow()));
        services.AddSingleton<KeyRing>();
        services.AddSingleton<KeyUses>();
        services.AddHostedService(provider => provider.GetRequiredService<KeyUses>());
        services.AddOptions<HostFilteringOptions>().Configure<IConfiguration, IOptions<SecurityOptions>>(AllowHosts);
    }

    // DNS rebinding: a website could point its own name at 127.0.0.1 and read the catalogue through a visitor's browser. With API keys it
    // would lack a key, and probes may use any address.
    private static void AllowHosts(HostFilteringOptions filter, IConfiguration configuration, IOptions<SecurityOptions> security)
    {
        if (string.IsNullOrEmpty(configuration["AllowedHosts"]))
        {
            filter.AllowedHosts = security.Value.HasKeys ? Any : Loopback;
        }

        // HTTP/1.1 requires a Host, and no browser leaves it out.
        filter.AllowEmptyHosts = false;
    }
}
