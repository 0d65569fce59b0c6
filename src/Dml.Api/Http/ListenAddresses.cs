using System.Net;

namespace Dml.Api.Http;

/// <summary>The addresses that the service listens on, the setting <c>Urls</c>.</summary>
internal static class ListenAddresses
{
    private const string Default = "http://127.0.0.1:5080";

    /// <summary>The addresses, separated by semicolons.</summary>
    public static string Of(IConfiguration configuration) => configuration["Urls"] ?? Default;

    /// <summary>Checks that no other machine can reach the service.</summary>
    /// <exception cref="SettingsException">An address can be reached from other machines, or is none.</exception>
    public static void CheckLoopback(IConfiguration configuration)
    {
        var addresses = Of(configuration).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? "");
        foreach (var url in addresses.Concat(endpoints))
        {
            if (!IsLoopback(url))
            {
                throw new SettingsException(
                    $"The address {url} can be reached from other machines, but no API key protects this service. " +
                    "Create one with `keys create --role admin --name me`, or use a loopback address such as http://127.0.0.1:5080.");
            }
        }
    }

    private static bool IsLoopback(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw new SettingsException($"Urls holds \"{url}\"; expected addresses such as http://127.0.0.1:5080, joined by ';'.");
        }

        return address.IsUnixPipe
            || string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }
}
