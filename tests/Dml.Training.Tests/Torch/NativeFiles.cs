using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
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
            .Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
    ];

    /// <summary>TorchSharp's own library.</summary>
    internal static string Bridge => Path.Combine(PackageFolders[^1], "libLibTorchSharp.so");

    /// <summary>
    /// Loads the libraries before the first test. Tests run side by side, and one of them could otherwise reach TorchSharp while another
    /// is still loading: TorchSharp would look for its libraries itself, and copy 500 MB.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "It has to run before the first test, whichever that is.")]
    internal static void Load()
    {
        if (PackageFolders.Length > 0)
        {
            TorchLibraries.Check();
        }
    }

    /// <summary>Skips a test that reads files of Linux on x64.</summary>
    internal static void RequireLinuxX64()
    {
        if (RuntimeInformation.RuntimeIdentifier is not "linux-x64")
        {
            Assert.Skip("This test reads the library for Linux on x64.");
        }
    }
}
