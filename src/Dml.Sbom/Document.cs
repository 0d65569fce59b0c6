using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dml.Sbom;

/// <summary>
/// The bill of materials as CycloneDX 1.6 in JSON (ECMA-424). It has no time and no serial number: the same packages give the same bytes.
/// </summary>
internal static class Document
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write(string name, string version, IReadOnlyList<PublishedPackage> packages)
    {
        var known = packages.ToDictionary(package => package.Id, StringComparer.OrdinalIgnoreCase);
        var dependencies = new JsonArray(Dependency(name, packages.Select(Reference)));
        foreach (var package in packages)
        {
            var needs = package.Needs.Where(known.ContainsKey).Select(id => Reference(known[id]));
            dependencies.Add(Dependency(Reference(package), needs.Order(StringComparer.Ordinal)));
        }

        var document = new JsonObject
        {
            ["$schema"] = "http://cyclonedx.org/schema/bom-1.6.schema.json",
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["lifecycles"] = new JsonArray(new JsonObject { ["phase"] = "build" }),
                ["component"] = new JsonObject
                {
                    ["type"] = "application",
                    ["bom-ref"] = name,
                    ["name"] = name,
                    ["version"] = version,
                    ["licenses"] = LicencesOf("MIT"),
                },
            },
            ["components"] = new JsonArray([.. packages.Select(Component)]),
            ["dependencies"] = dependencies,
        };
        return JsonSerializer.SerializeToUtf8Bytes(document, Json);
    }

    private static JsonObject Component(PublishedPackage package)
    {
        var component = new JsonObject
        {
            ["type"] = "library",
            ["bom-ref"] = Reference(package),
            ["name"] = package.Id,
            ["version"] = package.Version,
            ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = package.Sha512 }),
            ["licenses"] = LicencesOf(package.Licence),
            ["purl"] = Reference(package),
        };
        if (NativeLibrary.In(package) is { Count: > 0 } inside)
        {
            component["components"] = new JsonArray([.. inside.Select(library => new JsonObject
            {
                ["type"] = "library",
                ["bom-ref"] = $"{Reference(package)}#{library.Name}",
                ["name"] = library.Name,
                ["version"] = library.Version,
                ["licenses"] = LicencesOf(library.Licence),
                ["purl"] = $"pkg:generic/{library.Name}@{library.Version}",
            })]);
        }

        return component;
    }

    private static string Reference(PublishedPackage package) => $"pkg:nuget/{package.Id}@{package.Version}";

    private static JsonObject Dependency(string reference, IEnumerable<string> needs) => new()
    {
        ["ref"] = reference,
        ["dependsOn"] = new JsonArray([.. needs.Select(need => JsonValue.Create(need))]),
    };

    // A single licence is an id, several are an expression.
    private static JsonArray LicencesOf(string expression) => new(
        expression.Contains(' ', StringComparison.Ordinal)
            ? new JsonObject { ["expression"] = expression }
            : new JsonObject { ["license"] = new JsonObject { ["id"] = expression } });
}
