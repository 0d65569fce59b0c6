using System.Text.RegularExpressions;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Fetching;

namespace Dml.Training.Tests.Fetching;

public sealed partial class KnownFilesTests
{
    [Fact]
    public void Every_file_is_of_a_backbone_and_has_an_address_a_licence_and_a_hash()
    {
        Assert.Equal(KnownFiles.All.Count, KnownFiles.All.Select(file => file.Name).Distinct().Count());
        Assert.Equal(KnownFiles.All.Count, KnownFiles.All.Select(file => file.FileName).Distinct().Count());
        Assert.All(KnownFiles.All, file =>
        {
            Assert.Contains(file.Backbone, BackboneCatalogue.All.Select(backbone => backbone.Name));
            Assert.Equal(Uri.UriSchemeHttps, file.Address.Scheme);
            Assert.Matches("^([0-9a-f]{8}|[0-9a-f]{64})$", file.Sha256);
            Assert.NotEqual("", file.Licence);
            Assert.Equal(file.FileName, Path.GetFileName(file.FileName));
        });
    }

    // PyTorch's names end in the first digits; CLIP's address carries the whole hash.
    [Fact]
    public void Hashes_are_those_that_names_and_addresses_carry()
    {
        var carried = KnownFiles.All.Where(file => Digits().IsMatch(file.Address.AbsolutePath)).ToArray();
        Assert.Equal(KnownFiles.All.Count - 1, carried.Length);
        Assert.All(carried, file => Assert.StartsWith(
            Digits().Match(file.Address.AbsolutePath).Groups[1].Value, file.Sha256, StringComparison.Ordinal));
    }

    [Fact]
    public void An_unknown_name_is_an_error_that_names_the_known_ones() =>
        Assert.Contains(
            "clip-vit-b32", Assert.Throws<RecipeException>(() => KnownFiles.Get("resnet50")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_document_has_every_file() =>
        Assert.All(KnownFiles.All, file => Assert.Contains(
            $"| `{file.Name}` | `{file.Backbone}` | {file.Licence} | {file.Address} | "
                + (file.HasWholeHash ? "whole |" : "first eight digits |"),
            File.ReadAllText(Path.Combine(Repository.Folder, "docs", "backbones.md")), StringComparison.Ordinal));

    [GeneratedRegex("[-/]([0-9a-f]{8}|[0-9a-f]{64})[./]")]
    private static partial Regex Digits();
}
