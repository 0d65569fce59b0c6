using OpenTelemetry.Exporter;

namespace Dml.Api.Telemetry;

/// <summary>Where metrics and traces go: nowhere while <see cref="Endpoint"/> is null.</summary>
internal sealed record TelemetrySettings
{
    /// <summary>Address of an OTLP collector.</summary>
    public required Uri? Endpoint { get; init; }

    public required OtlpExportProtocol Protocol { get; init; }

    /// <summary>Headers that the collector asks for, <c>name=value</c> joined by ','.</summary>
    public required string? Headers { get; init; }

    /// <summary>Share of the requests that are traced, 0 to 1; a caller's own decision in <c>traceparent</c> goes first.</summary>
    public required double TraceShare { get; init; }

    /// <summary>Time between two exports of the metrics.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>The names of the OpenTelemetry specification are understood as well.</summary>
    /// <exception cref="SettingsException">A value is outside its range.</exception>
    public static TelemetrySettings Read(IConfiguration configuration)
    {
        var address = configuration["Telemetry:Endpoint"] is { Length: > 0 } own ? own : configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        Uri? endpoint = null;
        if (!string.IsNullOrWhiteSpace(address) && !(Uri.TryCreate(address, UriKind.Absolute, out endpoint) && endpoint.Scheme is "http" or "https"))
        {
            throw new SettingsException($"Telemetry:Endpoint is \"{address}\"; expected an address such as http://127.0.0.1:4317.");
        }

        var protocol = Settings.OneOf(configuration, "Telemetry:Protocol", "grpc", "http");
        return new TelemetrySettings
        {
            Endpoint = endpoint,
            Protocol = protocol == "grpc" && configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] != "http/protobuf"
                ? OtlpExportProtocol.Grpc
                : OtlpExportProtocol.HttpProtobuf,
            Headers = configuration["Telemetry:Headers"] ?? configuration["OTEL_EXPORTER_OTLP_HEADERS"],
            TraceShare = Settings.Share(configuration, "Telemetry:TraceShare", 1),
            Interval = TimeSpan.FromSeconds(Settings.Number(configuration, "Telemetry:Seconds", 60, 1, 3600)),
        };
    }
}
