using Dml.Api.Configuration;
using Microsoft.Extensions.Options;

namespace Dml.Api.Retrains;

/// <summary>Registers the services of retrains.</summary>
internal static class RetrainsSetup
{
    public static void AddRetrains(this IServiceCollection services)
    {
        services.AddSettings<RetrainOptions>().PostConfigure<IHostEnvironment>((retrain, host) => retrain.Resolve(host.ContentRootPath));
        services.AddSingleton(provider => TrainingProgram.At(provider.GetRequiredService<IOptions<RetrainOptions>>().Value));
        services.AddSingleton<RetrainFiles>();
        services.AddSingleton<CatalogueSnapshot>();
        services.AddSingleton<TrainingProcess>();
        services.AddSingleton<CandidateRollout>();
        services.AddSingleton<Retrain>();
        services.AddSingleton<RetrainStarter>();
    }
}
