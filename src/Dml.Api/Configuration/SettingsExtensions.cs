using Microsoft.Extensions.Options;

namespace Dml.Api.Configuration;

/// <summary>Settings as options, checked at the start.</summary>
internal static class SettingsExtensions
{
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

    /// <summary>Refuses keys that none of the options classes added so far has.</summary>
    /// <exception cref="SettingsException">A key is unknown; the message names the nearest known one.</exception>
    public static void RefuseUnknownSettings(this WebApplicationBuilder builder)
    {
        var table = new SettingsTable(builder.Services.Select(service => service.ImplementationInstance).OfType<BoundOptions>());
        table.RefuseUnknown(builder.Configuration);
        builder.Services.AddSingleton(table);
    }

    /// <summary>Reads all settings once, so that a mistake ends the start and not a request.</summary>
    /// <exception cref="SettingsException">A value cannot be used.</exception>
    public static void CheckSettings(this WebApplication app) => app.Services.GetRequiredService<IStartupValidator>().Validate();
}
