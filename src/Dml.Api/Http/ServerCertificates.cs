using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dml.Api.Configuration;

namespace Dml.Api.Http;

/// <summary>Checks the certificates of addresses with https before the web server needs them.</summary>
internal static class ServerCertificates
{
    private const string Defaults = "Kestrel:Certificates:Default";

    // The extension by which ASP.NET Core knows the certificate of `dotnet dev-certs https`.
    private const string OfDevelopment = "1.3.6.1.4.1.311.84.1.1";

    /// <summary>Checks all of them.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="contentRoot">What their paths start from.</param>
    /// <exception cref="SettingsException">One is missing or cannot be read.</exception>
    public static void Check(IConfiguration configuration, string contentRoot)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().ToList();
        IEnumerable<(string Url, IConfigurationSection? Own)> addresses = endpoints.Count > 0
            ? endpoints.Select(endpoint => (endpoint["Url"] ?? "", (IConfigurationSection?)endpoint))
            : ListenAddresses.Of(configuration).Split(';', StringSplitOptions.TrimEntries)
                .Select(url => (url, (IConfigurationSection?)null));
        foreach (var (url, own) in addresses.Where(address => address.Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase)))
        {
            // Certificates by name of the server are the web server's affair.
            if (own?.GetSection("Sni").GetChildren().Any() == true)
            {
                continue;
            }

            var certificate = own?.GetSection("Certificate") is { } section && section.GetChildren().Any()
                ? section
                : configuration.GetSection(Defaults);
            if (certificate["Path"] is { } path)
            {
                Load(certificate, path, contentRoot);
            }
            else if (certificate["Subject"] is null && !HasDevelopmentCertificate())
            {
                throw new SettingsException(
                    $"{url} needs a certificate. Name one by {Defaults}:Path and {Defaults}:KeyPath (PEM) or {Defaults}:Password (PFX), or "
                    + "listen on http behind a proxy that has one.");
            }
        }
    }

    private static void Load(IConfigurationSection certificate, string name, string contentRoot)
    {
        var path = Path.GetFullPath(name, contentRoot);
        try
        {
            var (key, password) = (certificate["KeyPath"], certificate["Password"]);
            using var loaded = key is null ? X509CertificateLoader.LoadPkcs12FromFile(path, password)
                : password is null ? X509Certificate2.CreateFromPemFile(path, Path.GetFullPath(key, contentRoot))
                : X509Certificate2.CreateFromEncryptedPemFile(path, password, Path.GetFullPath(key, contentRoot));
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{certificate.Path}: the certificate {path} cannot be used. {exception.Message}");
        }
    }

    private static bool HasDevelopmentCertificate()
    {
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
        try
        {
            store.Open(OpenFlags.ReadOnly);
        }
        catch (CryptographicException)
        {
            return false;
        }

        return store.Certificates.Any(certificate => certificate.Extensions.Any(extension => extension.Oid?.Value == OfDevelopment));
    }
}
