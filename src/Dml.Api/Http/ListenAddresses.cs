using System.Net;
using System.Net.Sockets;
using Dml.Api.Configuration;

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
        foreach (var url in (string[])[.. UrlsOf(configuration), .. EndpointsOf(configuration)])
        {
            if (!IsLoopback(url))
            {
                throw new SettingsException(
                    $"The address {url} can be reached from other machines, and no keys protect this service. " +
                    "Make one with `keys create --role admin --name me`, or use a loopback address such as http://127.0.0.1:5080.");
            }
        }
    }

    /// <summary>Checks that the service can listen there, so that the start ends with one sentence, and not in the web server.</summary>
    /// <exception cref="SettingsException">
    /// A port is in use, an address is not this machine's, or https has no certificate that can be used.
    /// </exception>
    public static void CheckFree(IConfiguration configuration, string contentRoot)
    {
        // Endpoints take the place of Urls.
        var endpoints = EndpointsOf(configuration);
        foreach (var url in endpoints.Length > 0 ? endpoints : UrlsOf(configuration))
        {
            var address = Parse(url);
            if (address.IsUnixPipe || address.Port == 0)
            {
                continue;
            }

            try
            {
                using var listener = new TcpListener(Local(address.Host), address.Port);
                listener.Start();
            }
            catch (SocketException exception)
            {
                throw new SettingsException(Explain(exception, address.Port, url));
            }
        }

        ServerCertificates.Check(configuration, contentRoot);
    }

    private static string Explain(SocketException exception, int port, string url) => exception.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse =>
            $"Port {port} is in use ({url}). Is another Dml running? Stop it, or choose another address, such as "
            + "--Urls=http://127.0.0.1:5081.",
        SocketError.AccessDenied =>
            $"This user may not listen on port {port} ({url}). Choose one above 1023, such as --Urls=http://127.0.0.1:5080.",
        SocketError.AddressNotAvailable =>
            $"{url} is no address of this machine. Choose one of its own, such as --Urls=http://127.0.0.1:5080.",
        _ => $"The service cannot listen on {url}: {exception.Message}.",
    };

    private static string[] UrlsOf(IConfiguration configuration) =>
        Of(configuration).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string[] EndpointsOf(IConfiguration configuration) =>
        [.. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? "")];

    private static IPAddress Local(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
        : IPAddress.TryParse(host.Trim('[', ']'), out var ip) ? ip
        : IPAddress.Any;

    private static bool IsLoopback(string url)
    {
        var address = Parse(url);
        return address.IsUnixPipe
            || string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw new SettingsException($"Urls holds \"{url}\"; expected addresses such as http://127.0.0.1:5080, joined by ';'.");
        }
    }
}
