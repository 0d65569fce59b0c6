using Dml.Api.Configuration;

namespace Dml.Api.Demo;

/// <summary>Registers the demo.</summary>
internal static class DemoSetup
{
    public static void AddDemo(this IServiceCollection services)
    {
        services.AddSettings<DemoOptions>();
        services.AddSingleton<DemoImport>();
    }
}
