using System.Reflection;

namespace Dml.E2E.Tests;

/// <summary>The folders of the repository that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string Root = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Repository").Value!;

    public static string Models => Path.Combine(Root, "models");

    public static string DemoDrawings => Path.Combine(Root, "node_modules", "@iconify-json");

    public static string Screenshots => Path.Combine(Root, "docs", "screenshots");
}
