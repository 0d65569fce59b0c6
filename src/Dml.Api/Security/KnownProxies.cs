using System.Net;
using Dml.Api.Configuration;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace Dml.Api.Security;

/// <summary>
/// Believes <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> of the proxies that <c>Security:KnownProxies</c> names, and of nobody else:
/// a client that can choose its address has no limits.
/// </summary>
internal static class KnownProxies
{
    private const string TrustsAll = "forwardedHeaders_enabled";

    /// <summary>Whether an address is that of one of these proxies.</summary>
    public static bool Contains(IReadOnlyList<string> known, IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return known.Any(text => IPAddress.TryParse(text, out var proxy)
            ? proxy.Equals(plain)
            : System.Net.IPNetwork.TryParse(text, out var network) && network.Contains(plain));
    }

    /// <exception cref="SettingsException">A proxy is neither an address nor a network, or everybody is to be believed.</exception>
    public static void UseKnownProxies(this WebApplication app)
    {
        if (bool.TryParse(app.Configuration[TrustsAll], out var trustsAll) && trustsAll)
        {
            throw new SettingsException(
                "ASPNETCORE_FORWARDEDHEADERS_ENABLED believes every sender about its address. Remove it, and name your proxies: "
                + "Security:KnownProxies:0=10.0.0.0/8.");
        }

        var known = app.Services.GetRequiredService<IOptions<SecurityOptions>>().Value.KnownProxies;
        if (known.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            // As many proxies as there are in a row; the first unknown address ends it.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var (index, text) in known.Index())
        {
            if (IPAddress.TryParse(text, out var address))
            {
                options.KnownProxies.Add(address);
            }
            else if (System.Net.IPNetwork.TryParse(text, out var network))
            {
                options.KnownIPNetworks.Add(network);
            }
            else
            {
                throw new SettingsException(
                    $"Security:KnownProxies:{index} is \"{text}\"; expected an address such as 10.0.0.7, or a network such as 10.0.0.0/8.");
            }
        }

        app.UseForwardedHeaders(options);
    }
}
