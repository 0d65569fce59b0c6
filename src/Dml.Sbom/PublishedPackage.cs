using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Dml.Sbom;

/// <summary>A NuGet package of which a published program carries files.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sha512">The hash of the package, in lower-case hex.</param>
/// <param name="Licence">An SPDX expression.</param>
/// <param name="Folder">Where it was unpacked.</param>
/// <param name="Needs">The ids of the packages that it depends on.</param>
internal sealed record PublishedPackage(
    string Id, string Version, string Sha512, string Licence, string Folder, IReadOnlyList<string> Needs)
{
    private static readonly string[] FileKinds = ["runtime", "native", "runtimeTargets", "resource"];

    /// <summary>Reads the packages from what the restore resolved.</summary>
    /// <param name="assets">The path of <c>project.assets.json</c>.</param>
    /// <param name="platform">What was published for, such as <c>linux-x64</c>; empty for the target without a platform.</param>
    /// <param name="published">The folder of the program; packages none of whose files is there are left out.</param>
    /// <exception cref="InvalidDataException">The file has no such target, or the licence of a package is unknown.</exception>
    public static IReadOnlyList<PublishedPackage> Read(string assets, string platform, string published)
    {
        var root = JsonNode.Parse(File.ReadAllBytes(assets))!;
        var targets = root["targets"]!.AsObject();
        var target = targets.FirstOrDefault(pair => pair.Key.EndsWith($"/{platform}", StringComparison.Ordinal)).Value
            ?? (platform.Length == 0 ? targets.First().Value : null)
            ?? throw new InvalidDataException($"{assets} has no target for {platform}. Restore for that platform first.");
        var folders = root["packageFolders"]!.AsObject().Select(pair => pair.Key).ToList();
        var files = Directory.EnumerateFiles(published, "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)!)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

        var packages = new List<PublishedPackage>();
        foreach (var (key, entry) in target.AsObject().OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase))
        {
            var library = root["libraries"]![key]!;
            // Native libraries may be copied without the restore's knowledge.
            var names = FileKinds.SelectMany(kind => entry![kind]?.AsObject().Select(file => file.Key) ?? [])
                .Concat(library["files"]?.AsArray().Select(file => (string)file!).Where(IsNative) ?? [])
                .Select(file => Path.GetFileName(file));
            if ((string?)entry!["type"] != "package" || !names.Any(files.Contains))
            {
                continue;
            }

            var (id, version) = (key.Split('/')[0], key.Split('/')[1]);
            var path = (string)library["path"]!;
            var folder = folders.Select(parent => Path.Combine(parent, path)).FirstOrDefault(Directory.Exists)
                ?? throw new InvalidDataException($"{id} {version} is not in {string.Join(" or ", folders)}. Restore it first.");
            var hash = Convert.ToHexStringLower(Convert.FromBase64String((string)library["sha512"]!));
            var needs = entry["dependencies"]?.AsObject().Select(pair => pair.Key).ToList() ?? [];
            packages.Add(new PublishedPackage(id, version, hash, LicenceOf(id, version, folder), folder, needs));
        }

        return packages;
    }

    private static bool IsNative(string file) =>
        file.StartsWith("runtimes/", StringComparison.Ordinal) && !file.EndsWith("_._", StringComparison.Ordinal);

    private static string LicenceOf(string id, string version, string folder)
    {
        var nuspec = XDocument.Load(Path.Combine(folder, $"{id.ToLowerInvariant()}.nuspec"));
        var stated = nuspec.Descendants().FirstOrDefault(element => element.Name.LocalName == "license");
        return (string?)stated?.Attribute("type") == "expression" ? stated!.Value
            : Licences.OfPackages.TryGetValue(id, out var known) ? known
            : throw new InvalidDataException(
                $"The package {id} {version} does not state its licence as an SPDX expression. Look at it, and add it to Licences.cs.");
    }
}
