namespace Dml.Api.Commands;

/// <summary>A command's options, and the service's settings as the service itself would read them.</summary>
internal sealed class CommandCall
{
    private readonly IConfigurationRoot _options;

    private CommandCall(IConfigurationRoot options, Settings settings) => (_options, Settings) = (options, settings);

    public Settings Settings { get; }

    /// <exception cref="SettingsException">An option is unknown, or a setting outside its range.</exception>
    public static CommandCall Read(string[] args, string[] known)
    {
        // Read apart from the rest: an environment variable called NAME is no option.
        var options = new ConfigurationBuilder().AddCommandLine(args).Build();
        foreach (var option in options.GetChildren().Where(child => child.Value is not null && !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!option.Key.Equals("urls", StringComparison.OrdinalIgnoreCase))
            {
                throw new SettingsException($"--{option.Key} is unknown here; {(known.Length == 0 ? "only settings are taken" : $"known are --{string.Join(", --", known)} and settings")}.");
            }
        }

        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = ContentRoot.Find() });
        return new CommandCall(options, Settings.ReadUnbound(builder.Configuration, builder.Environment.ContentRootPath));
    }

    public string? Find(string option) => _options[option] is { Length: > 0 } value ? value : null;

    /// <exception cref="SettingsException">The option is missing.</exception>
    public string Need(string option, string meaning) => Find(option) ?? throw new SettingsException($"--{option} is missing: {meaning}.");
}
