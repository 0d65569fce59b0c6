using Dml.Api.Configuration;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Generations;

/// <summary>Registers the generations and their embedders.</summary>
internal static class GenerationsSetup
{
    public static void AddGenerations(this IServiceCollection services)
    {
        services.AddSettings<ModelOptions>();
        services.AddSettings<InferenceOptions>();
        services.AddSettings<GenerationOptions>();
        services.AddSettings<PictureOptions>();
        services.AddSingleton(provider => new EmbeddingCache(provider.GetRequiredService<IOptions<InferenceOptions>>().Value.CacheBytes));
        services.AddSingleton<EmbedderStore>();
        services.AddSingleton<GenerationRegistry>();
        services.AddSingleton<GenerationRetention>();
        services.AddSingleton<GenerationChoice>();
        services.AddSingleton<ArchivedGenerationHost>();
        services.AddSingleton<IndexSnapshot>();
    }
}
