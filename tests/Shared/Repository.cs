namespace Dml.Tests.Shared;

/// <summary>Where the repository is on this machine.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Models => Path.Combine(Root, "models");

    public static string DemoDrawings => Path.Combine(Root, "node_modules", "@iconify-json");

    /// <summary>Why tests with the demo drawings or axe-core cannot run here, or null when they can.</summary>
    public static string? NoDemoDrawings =>
        File.Exists(Path.Combine(Root, "node_modules", ".package-lock.json"))
            ? null
            : "No demo drawings here: install Node.js with npm and build again";

    public static string Screenshots => Path.Combine(Root, "docs", "screenshots");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Dml.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Dml.slnx above {AppContext.BaseDirectory}: run this inside the repository.");
    }
}
