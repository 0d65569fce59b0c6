using System.Net;

namespace Dml.Api.Http;

/// <summary>Without API keys the service listens on loopback addresses only.</summary>
internal static class LoopbackOnly
{
    /// <exception cref="SettingsException">An address can be reached from other machines.</exception>
    public static void Check(string urls, IConfigurationSection endpoints)
    {
        var addresses = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var url in addresses.Concat(endpoints.GetChildren().Select(endpoint => endpoint["Url"] ?? "")))
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
            throw new SettingsException($"Urls holds \"{url}\"; expected URLs such as http://127.0.0.1:5080, separated by ';'.");
        }

        return address.IsUnixPipe
            || string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }
}
