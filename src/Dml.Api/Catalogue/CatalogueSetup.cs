using Dml.Api.Configuration;
using Dml.Api.Failures;

namespace Dml.Api.Catalogue;

/// <summary>Registers the catalogue.</summary>
internal static class CatalogueSetup
{
    public static void AddCatalogue(this IServiceCollection services)
    {
        services.AddSettings<DataOptions>();
        services.AddSingleton<FaultInjection>();
        services.AddSingleton<FreeSpace>();
        services.AddSingleton<KnownProblems>();
        services.AddSingleton<SqliteCatalogue>();
    }
}
