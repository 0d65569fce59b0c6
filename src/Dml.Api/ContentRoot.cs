namespace Dml.Api;

/// <summary>The folder that relative paths in the configuration are resolved against.</summary>
internal static class ContentRoot
{
    /// <summary>
    /// The working directory if it contains an appsettings.json (a repository, a deployment folder), otherwise the
    /// program's own folder, so that a published service can be started from anywhere.
    /// </summary>
    public static string Find()
    {
        var current = Directory.GetCurrentDirectory();
        return File.Exists(Path.Combine(current, "appsettings.json")) ? current : AppContext.BaseDirectory;
    }
}
