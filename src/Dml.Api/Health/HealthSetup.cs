using OpenTelemetry.Metrics;

namespace Dml.Api.Health;

/// <summary>Registers the gauges with OpenTelemetry, which creates them when metrics are exported.</summary>
internal static class HealthSetup
{
    public static void AddHealth(this IServiceCollection services) =>
        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddInstrumentation<Gauges>());
}
