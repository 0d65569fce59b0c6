using OpenTelemetry.Metrics;

namespace Dml.Api.Health;

/// <summary>Registers the gauges.</summary>
internal static class HealthSetup
{
    public static void AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<Gauges>();
        // Created when metrics are exported. Not as OpenTelemetry's instrumentation, which is disposed before the last export.
        services.ConfigureOpenTelemetryMeterProvider((provider, _) => provider.GetRequiredService<Gauges>());
    }
}
