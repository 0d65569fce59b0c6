using Dml.Api.Configuration;

namespace Dml.Api.Gate;

/// <summary>Registers the gate.</summary>
internal static class GateSetup
{
    public static void AddGate(this IServiceCollection services)
    {
        services.AddSettings<GateOptions>();
        services.AddSingleton<RetrievalChecks>();
        services.AddSingleton<RolloutGate>();
        services.AddSingleton<RecallCheck>();
    }
}
