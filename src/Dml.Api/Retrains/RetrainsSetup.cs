namespace Dml.Api.Retrains;

/// <summary>Registers the services of retrains.</summary>
internal static class RetrainsSetup
{
    public static void AddRetrains(this IServiceCollection services, IConfiguration configuration, string root)
    {
        services.AddSingleton(RetrainSettings.Read(configuration, root));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<RetrainFiles>();
        services.AddSingleton<CatalogueSnapshot>();
        services.AddSingleton<TrainingProcess>();
        services.AddSingleton<CandidateRollout>();
        services.AddSingleton<Retrain>();
        services.AddSingleton<RetrainStarter>();
    }
}
