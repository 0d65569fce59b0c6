using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetVips;

namespace Dml.Embedding;

/// <summary>Configures libvips for the whole process, on first use.</summary>
internal static class Libvips
{
    // The decoder fills up missing data, and counts a warning; libvips logs the count when the picture is closed.
    private const string Warnings = "read gave ";

    [ThreadStatic]
    private static int _warned;

    static Libvips()
    {
        if (!ModuleInitializer.VipsInitialized)
        {
            throw new DllNotFoundException(
                "libvips cannot be loaded: it is neither beside this program nor installed. Build for this system "
                + $"(dotnet publish -r {RuntimeInformation.RuntimeIdentifier}), or install libvips.",
                ModuleInitializer.Exception);
        }

        // Without handlers, GLib writes warnings about damaged pictures to standard error.
        foreach (var domain in (string[])["VIPS", "GLib", "GLib-GObject"])
        {
            Log.SetLogHandler(domain, Enums.LogLevelFlags.All, static (_, _, message) => Note(message));
        }

        // Every file is a new one, so the cache of operations would only hold memory.
        Cache.Max = 0;

        // Pictures are decoded in parallel, one per core. More threads for each picture would only compete with these.
        NetVips.NetVips.Concurrency = 1;
        NetVips.NetVips.BlockUntrusted = true;
        Operation.Block("VipsForeignLoad", true);
        Operation.Block("VipsForeignLoadJpeg", false);
        Operation.Block("VipsForeignLoadPng", false);
        Operation.Block("VipsForeignLoadWebp", false);
        Operation.Block("VipsForeignLoadNsgif", false);
        Operation.Block("VipsForeignLoadHeif", false);
        Operation.Block("VipsForeignLoadTiff", false);
    }

    /// <summary>How many pictures this thread has closed whose JPEG decoder had warned.</summary>
    internal static int Warned => _warned;

    /// <summary>Loads libvips now instead of with the first picture.</summary>
    internal static void Load() => RuntimeHelpers.RunClassConstructor(typeof(Libvips).TypeHandle);

    /// <summary>
    /// Enables the SVG loader. Foreign files are never opened by a loader that libvips guesses, only by one that is chosen by their
    /// first bytes, so this does not let foreign SVG in.
    /// </summary>
    internal static void AllowSvg() => Operation.Block("VipsForeignLoadSvg", false);

    private static void Note(string message)
    {
        if (message.StartsWith(Warnings, StringComparison.Ordinal))
        {
            _warned++;
        }
    }
}
