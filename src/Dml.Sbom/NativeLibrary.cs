using System.Text.Json.Nodes;

namespace Dml.Sbom;

/// <summary>A library that a package carries as machine code, and that a scanner knows by its own name.</summary>
/// <param name="Name">The name that its makers give it.</param>
/// <param name="Version">Its version.</param>
/// <param name="Licence">An SPDX expression.</param>
internal sealed record NativeLibrary(string Name, string Version, string Licence)
{
    private const string Libvips = "NetVips.Native.";
    private const string Libtorch = "libtorch-";

    /// <summary>The libraries inside a package.</summary>
    /// <exception cref="InvalidDataException">The libvips of the package contains a library whose licence is not known.</exception>
    public static IReadOnlyList<NativeLibrary> In(PublishedPackage package) =>
        package.Id.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)
            && !package.Id.EndsWith("Managed", StringComparison.Ordinal) ? [new NativeLibrary("onnxruntime", package.Version, "MIT")]
        // The fourth part of the version counts the packages of one SQLite.
        : package.Id == "SourceGear.sqlite3"
            ? [new NativeLibrary("sqlite", string.Join('.', package.Version.Split('.')[..3]), "blessing")]
        : package.Id.StartsWith(Libtorch, StringComparison.Ordinal)
            ? [new NativeLibrary("libtorch", package.Version, "BSD-3-Clause")]
        : package.Id.StartsWith(Libvips, StringComparison.Ordinal) ? InsideLibvips(package)
        : [];

    private static IReadOnlyList<NativeLibrary> InsideLibvips(PublishedPackage package)
    {
        var versions = JsonNode.Parse(File.ReadAllBytes(Path.Combine(package.Folder, "versions.json")))!.AsObject();
        return [.. versions.Select(pair => Licences.InsideLibvips.TryGetValue(pair.Key, out var known)
            ? new NativeLibrary(known.Name, (string)pair.Value!, known.Licence)
            : throw new InvalidDataException(
                $"{package.Id} {package.Version} contains {pair.Key}, whose licence is not known here. Add it to Licences.cs."))];
    }
}
