namespace Dml.Sbom;

/// <summary>Licences that no package states in a form that a program can read; THIRD-PARTY-NOTICES.md has the same.</summary>
internal static class Licences
{
    private const string Lgpl = "LGPL-3.0-or-later";

    /// <summary>Of packages whose nuspec names a file.</summary>
    public static readonly IReadOnlyDictionary<string, string> OfPackages = new Dictionary<string, string>
    {
        ["Microsoft.ML.OnnxRuntime"] = "MIT",
        ["Microsoft.ML.OnnxRuntime.Gpu.Linux"] = "MIT",
        ["Microsoft.ML.OnnxRuntime.Managed"] = "MIT",
        ["SourceGear.sqlite3"] = "Apache-2.0",
    };

    /// <summary>Of the libraries inside the libvips of NetVips.Native, by their names in its <c>versions.json</c>.</summary>
    public static readonly IReadOnlyDictionary<string, (string Name, string Licence)> InsideLibvips =
        new Dictionary<string, (string, string)>
        {
            ["aom"] = ("libaom", "BSD-2-Clause"),
            ["archive"] = ("libarchive", "BSD-2-Clause"),
            ["cairo"] = ("cairo", "MPL-1.1"),
            ["cgif"] = ("cgif", "MIT"),
            ["exif"] = ("libexif", Lgpl),
            ["expat"] = ("expat", "MIT"),
            ["ffi"] = ("libffi", "MIT"),
            ["fontconfig"] = ("fontconfig", "HPND-sell-variant"),
            ["freetype"] = ("freetype", "FTL"),
            ["fribidi"] = ("fribidi", Lgpl),
            ["glib"] = ("glib", Lgpl),
            ["harfbuzz"] = ("harfbuzz", "MIT"),
            ["heif"] = ("libheif", Lgpl),
            ["highway"] = ("highway", "BSD-3-Clause"),
            ["imagequant"] = ("libimagequant", "BSD-2-Clause"),
            ["lcms"] = ("lcms2", "MIT"),
            ["mozjpeg"] = ("mozjpeg", "IJG AND BSD-3-Clause AND Zlib"),
            ["pango"] = ("pango", Lgpl),
            ["pixman"] = ("pixman", "MIT"),
            ["png"] = ("libpng", "libpng-2.0"),
            ["proxy-libintl"] = ("proxy-libintl", Lgpl),
            ["rsvg"] = ("librsvg", Lgpl),
            ["tiff"] = ("libtiff", "libtiff"),
            ["uhdr"] = ("libultrahdr", "MIT"),
            ["vips"] = ("libvips", Lgpl),
            ["webp"] = ("libwebp", "BSD-3-Clause"),
            ["xml2"] = ("libxml2", "MIT"),
            ["zlib-ng"] = ("zlib-ng", "Zlib"),
        };
}
