namespace Dml.Tests.Shared;

/// <summary>Where the repository lies on this machine.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Models => Path.Combine(Root, "models");

    public static string DemoDrawings => Path.Combine(Root, "node_modules", "@iconify-json");

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
