using Dml.Api.Configuration;

namespace Dml.Api;

/// <summary>The folder that relative paths in files of settings and in the environment are resolved against.</summary>
internal static class ContentRoot
{
    /// <summary>
    /// The one that <c>--contentRoot</c> or its variable names; else the working directory if it contains an appsettings.json, as a
    /// repository and a deployment folder do; else the program's own folder, so that a published service can be started from anywhere.
    /// </summary>
    /// <exception cref="SettingsException">The named folder does not exist.</exception>
    public static string Find(string[] args)
    {
        // In the order in which ASP.NET Core reads them, but relative to the working directory.
        var named = new ConfigurationBuilder()
            .AddEnvironmentVariables("DOTNET_").AddEnvironmentVariables("ASPNETCORE_").AddCommandLine(args).Build()["contentRoot"];
        var current = Directory.GetCurrentDirectory();
        return string.IsNullOrWhiteSpace(named)
                ? File.Exists(Path.Combine(current, "appsettings.json")) ? current : AppContext.BaseDirectory
            : Directory.Exists(named) ? Path.GetFullPath(named)
            : throw new SettingsException($"contentRoot is \"{named}\", and there is no such folder.");
    }
}
