using System.Runtime.InteropServices;

namespace Dml.Files;

/// <summary>The program <c>dotnet</c> that starts a library of ours as a process of its own.</summary>
public static class DotnetHost
{
    /// <summary>The one that this process runs on, else the one on the search path.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var host = System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../..", name));
        return File.Exists(host) ? host : name;
    }
}
