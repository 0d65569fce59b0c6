using Dml.Files;

namespace Dml.Sbom;

/// <summary>
/// Run by the build: writes the software bill of materials beside a published program.
/// <c>Dml.Sbom ASSETS PLATFORM FOLDER NAME VERSION</c>
/// </summary>
public static class Program
{
    /// <summary>The name of the file beside a published program.</summary>
    public const string FileName = "sbom.cdx.json";

    /// <summary>Writes the file. Returns 1 when it cannot be written.</summary>
    public static int Main(string[] args)
    {
        if (args is not [var assets, var platform, var folder, var name, var version])
        {
            Console.Error.WriteLine("Expected: ASSETS PLATFORM FOLDER NAME VERSION, the platform empty for that of the SDK.");
            return 1;
        }

        try
        {
            var packages = PublishedPackage.Read(assets, platform, folder);
            AtomicFile.Write(Path.Combine(folder, FileName), Document.Write(name, version, packages));
            return 0;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            Console.Error.WriteLine($"Dml.Sbom: {exception.Message}");
            return 1;
        }
    }
}
