using System.ComponentModel.DataAnnotations;
using Dml.Api.Configuration;

namespace Dml.Api.Telemetry;

/// <summary>Where metrics and traces are sent. What is not set here is read from OpenTelemetry's own <c>OTEL_</c> variables.</summary>
[Section("Telemetry")]
internal sealed class TelemetryOptions
{
    /// <summary>The <c>OTEL_</c> variable that names the collector.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const int MillisecondsPerSecond = 1000;

    /// <summary>URL of an OTLP collector; null: the one of <see cref="EndpointVariable"/>, or none.</summary>
    public string? Endpoint { get; set; }

    /// <summary>OTLP over gRPC, or over HTTP with protobuf.</summary>
    [AllowedValues("grpc", "http")]
    public string? Protocol { get; set; }

    /// <summary>Headers for the collector, <c>name=value</c>, separated by commas.</summary>
    public string? Headers { get; set; }

    /// <summary>Seconds between two exports of the metrics; 60 by default.</summary>
    [Range(1, 3600)]
    public int? Seconds { get; set; }

    /// <summary>The fraction of the requests to trace. A caller's own decision in <c>traceparent</c> takes precedence.</summary>
    [Range(0.0, 1.0)]
    public double? TraceShare { get; set; }

    /// <summary>The URL of the collector, of these options or of <see cref="EndpointVariable"/>; null when there is none.</summary>
    /// <exception cref="SettingsException">It is not an HTTP URL.</exception>
    public Uri? FindCollector(IConfiguration configuration)
    {
        var (key, address) = Endpoint is null ? (EndpointVariable, configuration[EndpointVariable]) : ("Telemetry:Endpoint", Endpoint);
        if (string.IsNullOrWhiteSpace(address))
        {
            return null;
        }

        return Uri.TryCreate(address, UriKind.Absolute, out var collector) && collector.Scheme is "http" or "https"
            ? collector
            : throw new SettingsException($"{key} is \"{address}\"; expected an address such as http://127.0.0.1:4317.");
    }

    /// <summary>What is set here, as OpenTelemetry's own variables.</summary>
    public IEnumerable<KeyValuePair<string, string?>> ToVariables()
    {
        if (Endpoint is not null)
        {
            yield return new(EndpointVariable, Endpoint);
        }

        if (Protocol is not null)
        {
            yield return new("OTEL_EXPORTER_OTLP_PROTOCOL", Protocol == "http" ? "http/protobuf" : Protocol);
        }

        if (Headers is not null)
        {
            yield return new("OTEL_EXPORTER_OTLP_HEADERS", Headers);
        }

        if (Seconds is { } seconds)
        {
            yield return new("OTEL_METRIC_EXPORT_INTERVAL", $"{seconds * MillisecondsPerSecond}");
        }

        if (TraceShare is { } share)
        {
            yield return new("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
            yield return new("OTEL_TRACES_SAMPLER_ARG", $"{share}");
        }
    }
}
