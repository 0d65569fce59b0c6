using Dml.Api.Configuration;

namespace Dml.Api.Rollouts;

/// <summary>Registers the rollouts.</summary>
internal static class RolloutsSetup
{
    public static void AddRollouts(this IServiceCollection services)
    {
        services.AddSettings<RolloutOptions>();
        services.AddSingleton<CatalogueEmbedder>();
        services.AddSingleton<ModelTrial>();
        services.AddSingleton<ModelUpload>();
        services.AddSingleton<Rollout>();
        services.AddSingleton<RolloutStarter>();
    }
}
