using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Dml.Api.Telemetry;

/// <summary>Sends metrics and traces to a collector by OTLP; does nothing at all without one.</summary>
internal sealed class OtlpExport(Settings settings, ILogger<OtlpExport> log) : IHostedService
{
    private static readonly string[] Meters =
    [
        DmlMetrics.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.RateLimiting", "System.Runtime",
    ];

    private MeterProvider? _metrics;
    private TracerProvider? _traces;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var telemetry = settings.Telemetry;
        if (telemetry.Endpoint is not { } endpoint)
        {
            return Task.CompletedTask;
        }

        _metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(Describe)
            .AddMeter(Meters)
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, endpoint, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)telemetry.Interval.TotalMilliseconds;
            })
            .Build();
        _traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Describe)
            .AddSource(DmlMetrics.Name, "Microsoft.AspNetCore")
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(telemetry.TraceShare)))
            .AddOtlpExporter(exporter => Configure(exporter, endpoint, "v1/traces"))
            .Build();
        log.LogInformation("Metrics and traces go to {Endpoint}", endpoint);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // Both send what they still hold.
        _metrics?.Dispose();
        _traces?.Dispose();
        return Task.CompletedTask;
    }

    private static void Describe(ResourceBuilder resource) =>
        resource.AddService("dml", serviceVersion: typeof(Program).Assembly.GetName().Version?.ToString(3));

    private void Configure(OtlpExporterOptions exporter, Uri endpoint, string path)
    {
        exporter.Protocol = settings.Telemetry.Protocol;
        exporter.Headers = settings.Telemetry.Headers;
        // An address that is given by code is taken as it stands; by HTTP each signal has a path of its own.
        exporter.Endpoint = exporter.Protocol == OtlpExportProtocol.HttpProtobuf
            ? new Uri(endpoint.ToString().TrimEnd('/') + "/" + path)
            : endpoint;
    }
}
