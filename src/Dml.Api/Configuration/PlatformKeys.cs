namespace Dml.Api.Configuration;

/// <summary>The keys that ASP.NET Core and OpenTelemetry read from the same configuration.</summary>
internal static class PlatformKeys
{
    private const string OpenTelemetry = "OTEL_";

    private static readonly string[] Sections = ["Logging", "Kestrel"];

    /// <summary>Keys of the host, without those below a section.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "Urls", "AllowedHosts", "shutdownTimeoutSeconds", "environment", "contentRoot", "applicationName", "http_ports",
        "https_ports", "https_port", "detailedErrors", "captureStartupErrors", "startupAssembly", "hostingStartupAssemblies",
        "hostingStartupExcludeAssemblies", "preventHostingStartup", "preferHostingUrls", "suppressStatusMessages", "staticWebAssets",
        "forwardedHeaders_enabled", "hostBuilder:reloadConfigOnChange",
    ];

    public static bool Contains(string key) =>
        Names.Contains(key, StringComparer.OrdinalIgnoreCase)
        || Sections.Contains(key.Split(':')[0], StringComparer.OrdinalIgnoreCase)
        || key.StartsWith(OpenTelemetry, StringComparison.OrdinalIgnoreCase);
}
