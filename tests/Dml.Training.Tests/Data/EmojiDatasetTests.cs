using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Training.Tests.Data;

public class EmojiDatasetTests
{
    [Fact]
    public void Concepts_are_classes_and_vendors_an_attribute()
    {
        var root = Repository.Folder;
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(root, "node_modules/@iconify-json")),
            "The demo drawings are not installed (npm ci --ignore-scripts).");

        var dataset = Catalogue.Find("dataset", DatasetCatalogue.All, "emoji").Make(null)(root);

        Assert.Equal(10_661, dataset.Pictures.Count);
        Assert.Equal(1_636, dataset.Pictures.Select(p => p.Class).Distinct().Count());
        Assert.Equal(9, dataset.Pictures.Select(p => p.Attributes["set"]).Distinct().Count());
        Assert.Equal(dataset.Pictures.Count, dataset.Pictures.Select(p => p.Id).Distinct().Count());
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], dataset.Pictures[17].Load()[..4]);
    }

    [Fact]
    public void Drawings_of_one_colour_ask_those_in_colours()
    {
        var root = Repository.Folder;
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(root, "node_modules/@iconify-json")),
            "The demo drawings are not installed (npm ci --ignore-scripts).");

        var dataset = Catalogue.Find("dataset", DatasetCatalogue.All, "emoji-sketches").Make(null)(root);

        string[] sketches = ["emojione-monotone", "fluent-emoji-high-contrast"];
        Assert.All(dataset.Pictures, p =>
            Assert.Equal(sketches.Contains(p.Attributes["set"]) ? PictureRole.Query : PictureRole.Gallery, p.Role));
        Assert.All(dataset.Pictures.GroupBy(p => p.Class), own => Assert.Equal(2, own.Select(p => p.Role).Distinct().Count()));
        Assert.InRange(dataset.Pictures.Count, 5_000, 10_660);
    }
}
