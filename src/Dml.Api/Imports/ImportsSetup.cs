using Dml.Api.Configuration;

namespace Dml.Api.Imports;

/// <summary>Registers the imports.</summary>
internal static class ImportsSetup
{
    public static void AddImports(this IServiceCollection services)
    {
        services.AddSettings<ImportOptions>();
        services.AddSingleton<Import>();
        services.AddSingleton<ImportPlaces>();
        services.AddSingleton<ImportUpload>();
        services.AddSingleton<ArchiveImports>();
    }
}
