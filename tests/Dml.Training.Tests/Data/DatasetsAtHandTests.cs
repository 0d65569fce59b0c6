using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Data;

/// <summary>The real sets, where this machine has them.</summary>
public class DatasetsAtHandTests
{
    public static TheoryData<string, string, int, int, int, int> Sets => new()
    {
        { "grocery-store", "grocery-store-160.tar", 3_051, 41, 2_370, 40 },
        { "omniglot", "omniglot-28", 19_280, 964, 13_180, 659 },
        { "fashion-mnist", "fashion-mnist", 60_000, 10, 10_000, 10 },
    };

    private static Dataset OpenOrSkip(string name, string file) =>
        Catalogue.Find("dataset", DatasetCatalogue.All, name).Make(new JsonObject { ["folder"] = TestData.PathOrSkip(file) })("/");

    [Theory]
    [MemberData(nameof(Sets))]
    public void Has_the_published_counts_and_pictures_that_decode(
        string name, string file, int training, int trainingClasses, int heldOut, int heldOutClasses)
    {
        var dataset = OpenOrSkip(name, file);

        var split = ClassSplit.Of(dataset, new());

        Assert.Equal((training, trainingClasses), (split.Training.Count, split.Training.Select(p => p.Class).Distinct().Count()));
        Assert.Equal((heldOut, heldOutClasses), (split.HeldOut.Count, split.HeldOut.Select(p => p.Class).Distinct().Count()));
        Assert.True(RetrievalProtocol.Of(split.HeldOut).IsSelfRetrieval);
        for (var i = 0; i < dataset.Pictures.Count; i += 1000)
        {
            using var image = NetVips.Image.NewFromBuffer(dataset.Pictures[i].Load());
            Assert.InRange(image.Width, 28, 1000);
            Assert.NotEmpty(image.WriteToMemory<byte>());
        }
    }

    [Fact]
    public void Merced_has_its_scenes_and_labels()
    {
        var dataset = OpenOrSkip("uc-merced", "ucmerced-160.tar");

        Assert.Equal(2_100, dataset.Pictures.Count);
        Assert.Equal(21, dataset.Pictures.Select(p => p.Class).Distinct().Count());
        Assert.Equal(17, dataset.Pictures.SelectMany(p => p.Labels).Distinct().Count());
        Assert.All(dataset.Pictures, p => Assert.NotEmpty(p.Labels));
    }
}
