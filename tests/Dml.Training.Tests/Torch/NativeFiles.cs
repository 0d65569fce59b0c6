using System.Reflection;
using System.Runtime.InteropServices;
using Dml.Training.Torch;

namespace Dml.Training.Tests.Torch;

/// <summary>The native libraries of the packages that this build was restored with.</summary>
internal static class NativeFiles
{
    /// <summary>Folders of the packages, as the build recorded them.</summary>
    internal static string[] PackageFolders { get; } =
    [
        .. typeof(TorchLibraries).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Where(line => line.Key == "TorchLibraries")
            .SelectMany(line => line.Value!.Split(';'))
            .Select(Path.GetFullPath),
    ];

    /// <summary>TorchSharp's own library.</summary>
    internal static string Bridge => Path.Combine(PackageFolders[^1], "libLibTorchSharp.so");

    /// <summary>Skips a test that reads files of Linux on x64.</summary>
    internal static void RequireLinuxX64()
    {
        if (RuntimeInformation.RuntimeIdentifier is not "linux-x64")
        {
            Assert.Skip("This test reads the library for Linux on x64.");
        }
    }
}
