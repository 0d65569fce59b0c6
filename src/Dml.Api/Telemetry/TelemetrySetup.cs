
namespace Dml.Api.Telemetry;

/// <summary>Metrics and traces.</summary>
internal static class TelemetrySetup
{
    public static void AddTelemetry(this IServiceCollection services)
    {
        services.AddHostedService<OtlpExport>();
    }
}
