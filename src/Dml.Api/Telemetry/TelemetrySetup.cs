using Dml.Api.Configuration;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Dml.Api.Telemetry;

/// <summary>Exports metrics and traces by OTLP.</summary>
internal static class TelemetrySetup
{
    private const string ServiceName = "dml";

    /// <summary>Without a collector no part of OpenTelemetry is registered: nothing is collected and nothing is sent.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<TelemetryOptions>();
        var options = new TelemetryOptions();
        SettingsBinder.Bind(options, builder.Configuration, builder.Environment.ContentRootPath);
        if (options.FindCollector(builder.Configuration) is not { } collector)
        {
            return;
        }

        builder.Configuration.AddInMemoryCollection(options.ToVariables());
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(ServiceName, serviceVersion: typeof(TelemetrySetup).Assembly.GetName().Version?.ToString(3))
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddMeter(DmlMetrics.Name)
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddOtlpExporter())
            .WithTracing(traces => traces
                .AddSource(DmlMetrics.Name)
                .AddAspNetCoreInstrumentation(requests => requests.EnrichWithHttpResponse = (span, response) =>
                    span.SetTag("dml.key", response.HttpContext.User.Identity?.Name))
                .AddOtlpExporter());
        builder.Services.ConfigureOpenTelemetryTracerProvider((services, _) => services
            .GetRequiredService<ILogger<TelemetryOptions>>()
            .LogInformation("Metrics and traces go to {Collector}", collector));
    }
}
