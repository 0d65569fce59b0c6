using Microsoft.Extensions.Options;

namespace Dml.Api.Configuration;

/// <summary>Settings as options, checked at the start.</summary>
internal static class SettingsExtensions
{
    /// <summary>Registers the table of all settings.</summary>
    public static void AddSettingsTable(this IServiceCollection services) => services.AddSingleton<SettingsTable>();

    /// <summary>Binds an options class to its section. What is configured on the result comes after the binding.</summary>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services)
        where T : class
    {
        services.AddSingleton(new BoundOptions(typeof(T)));
        return services.AddOptions<T>()
            .Configure<IConfiguration, IHostEnvironment>((options, configuration, host) =>
                SettingsBinder.Bind(options, configuration, host.ContentRootPath))
            .ValidateOnStart();
    }

    /// <summary>Reads all settings once, so that a mistake ends the start and not a request.</summary>
    /// <exception cref="SettingsException">A key is unknown, or a value cannot be used.</exception>
    public static void CheckSettings(this IServiceProvider services)
    {
        services.GetRequiredService<SettingsTable>().RefuseUnknown(services.GetRequiredService<IConfiguration>());
        services.GetRequiredService<IStartupValidator>().Validate();
    }
}
