using System.Text.Json.Nodes;
using Dml.Sbom;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>The bill of materials of a published program; deploy/publish-check.sh looks at those of all platforms.</summary>
public sealed class SbomTests
{
    private static readonly string Assets = Path.Combine(Repository.Root, "src", "Dml.Api", "obj", "project.assets.json");

    private readonly JsonObject _document = Write(AppContext.BaseDirectory);

    [Theory]
    [InlineData("onnxruntime", "1.", "MIT")]
    [InlineData("Microsoft.ML.OnnxRuntime", "1.", "MIT")]
    [InlineData("libvips", "8.", "LGPL-3.0-or-later")]
    [InlineData("libheif", "1.", "LGPL-3.0-or-later")]
    [InlineData("libpng", "1.", "libpng-2.0")]
    [InlineData("sqlite", "3.", "blessing")]
    [InlineData("Quartz", "", "Apache-2.0")]
    public void It_names_what_a_scanner_looks_for(string name, string version, string licence)
    {
        var component = Assert.Single(Components(), component => (string)component["name"]! == name);
        Assert.StartsWith(version, (string)component["version"]!, StringComparison.Ordinal);
        Assert.Equal(licence, (string)component["licenses"]![0]!["license"]!["id"]!);
        Assert.Contains($"@{component["version"]}", (string)component["purl"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_a_CycloneDX_document()
    {
        Assert.Equal(
            ("CycloneDX", "1.6", 1), ((string)_document["bomFormat"]!, (string)_document["specVersion"]!, (int)_document["version"]!));
        Assert.Equal("application", (string)_document["metadata"]!["component"]!["type"]!);
        var components = Components().ToList();
        Assert.True(components.Count > 40);
        foreach (var component in components)
        {
            Assert.Equal("library", (string)component["type"]!);
            Assert.NotEmpty((string)component["version"]!);
            var licence = Assert.Single(component["licenses"]!.AsArray())!;
            Assert.NotEmpty((string?)licence["expression"] ?? (string)licence["license"]!["id"]!);
        }

        foreach (var package in _document["components"]!.AsArray())
        {
            Assert.Matches("^[0-9a-f]{128}$", (string)package!["hashes"]![0]!["content"]!);
        }

        var references = components.Select(component => (string)component["bom-ref"]!).Append("Dml.Api").ToList();
        Assert.Equal(references.Count, references.Distinct().Count());
        foreach (var dependency in _document["dependencies"]!.AsArray())
        {
            Assert.Contains((string)dependency!["ref"]!, references);
            Assert.All(dependency["dependsOn"]!.AsArray(), need => Assert.Contains((string)need!, references));
        }
    }

    [Fact]
    public void It_names_nothing_that_is_not_there()
    {
        using var folder = new Support.TestFolder();
        Directory.CreateDirectory(folder.Data);
        File.WriteAllText(Path.Combine(folder.Data, "Quartz.dll"), "");
        Assert.Equal(["Quartz"], Write(folder.Data)["components"]!.AsArray().Select(component => (string)component!["name"]!));
    }

    private static JsonObject Write(string folder) =>
        JsonNode.Parse(Document.Write("Dml.Api", "0.1.0", PublishedPackage.Read(Assets, "", folder)))!.AsObject();

    private IEnumerable<JsonObject> Components() => _document["components"]!.AsArray()
        .SelectMany(component => component!["components"]?.AsArray().Prepend(component) ?? [component])
        .Select(component => component!.AsObject());
}
