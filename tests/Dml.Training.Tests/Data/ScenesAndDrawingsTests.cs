using System.Text.Json.Nodes;
using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Data;

public sealed class ScenesAndDrawingsTests : IDisposable
{
    private readonly DatasetFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Groceries_split_by_class_or_by_picture()
    {
        const string Header =
            "Class Name (str),Class ID (int),Coarse Class Name (str),Coarse Class ID (int),Iconic Image Path (str),Product Description "
                + "Path (str)";
        _fixture.Text(
            "grocery-store/classes.csv",
            [
                Header,
                .. ((string, int)[])[("Golden-Delicious", 0), ("Oatly-Oat-Milk", 40), ("Sour-Cream", 41), ("Zucchini", 80)] switch
                {
                    var all => all.Select(c => $"{c.Item1},{c.Item2},Coarse,{c.Item2 / 2},/iconic/{c.Item1}.jpg,/iconic/{c.Item1}.txt"),
                },
            ]);
        _fixture.Text(
            "grocery-store/train.txt", "train/Fruit/a_001.jpg, 0, 0", "train/Packages/b_001.jpg, 40, 20",
            "train/Vegetables/z_001.jpg, 80, 40");
        _fixture.Text("grocery-store/val.txt", "val/Packages/c_001.jpg, 41, 20");
        _fixture.Text(
            "grocery-store/test.txt", "test/Fruit/a_002.jpg, 0, 0", "test/Packages/b_002.jpg, 40, 20", "test/Vegetables/z_002.jpg, 80, 40");
        foreach (
            var name in (string[])
                [
                    "train/Fruit/a_001.jpg",
                    "train/Packages/b_001.jpg",
                    "train/Vegetables/z_001.jpg",
                    "val/Packages/c_001.jpg",
                    "test/Fruit/a_002.jpg",
                    "test/Packages/b_002.jpg",
                    "test/Vegetables/z_002.jpg",
                ])
        {
            _fixture.Picture($"grocery-store/{name}");
        }

        var zeroShot = ClassSplit.Of(_fixture.Open("grocery-store"), new());
        var official = ClassSplit.Of(_fixture.Open("grocery-store", new() { ["split"] = "official" }), new());

        Assert.Equal(["Golden-Delicious", "Oatly-Oat-Milk", "Golden-Delicious", "Oatly-Oat-Milk"], zeroShot.Training.Select(p => p.Class));
        Assert.Equal(["Zucchini", "Zucchini", "Sour-Cream"], zeroShot.HeldOut.Select(p => p.Class));
        Assert.Equal(["test/Fruit/a_002.jpg", "test/Packages/b_002.jpg", "test/Vegetables/z_002.jpg"], official.HeldOut.Select(p => p.Id));
        Assert.Equal(4, official.Training.Count);
        var validation = _fixture.Open("grocery-store", new() { ["split"] = "validation" }).Pictures;
        Assert.Equal(
            [PicturePart.Test, PicturePart.Training],
            validation.OrderByDescending(p => p.Class, StringComparer.Ordinal).DistinctBy(p => p.Class).Select(p => p.Part));
        Assert.Equal(["Golden-Delicious", "Oatly-Oat-Milk"], validation.Select(p => p.Class).Distinct().Order(StringComparer.Ordinal));
        _fixture.Text("grocery-store/val.txt", "val/Packages/c_001.jpg, 99, 20");
        Assert.Contains("no class 99", _fixture.Fault("grocery-store"), StringComparison.Ordinal);
    }

    [Fact]
    public void Merced_scenes_are_classes_and_marks_are_labels()
    {
        _fixture.Text(
            "uc-merced/LandUse_Multilabeled.txt", "IMAGE\\LABEL\tairplane\tpavement\ttrees\t\r", "airplane00\t1\t1\t0\t\r",
            "forest07\t0\t0\t1\t\r", "forest91\t0\t1\t1\t\r");
        _fixture.Picture("uc-merced/Images/airplane/airplane00.png");
        _fixture.Picture("uc-merced/Images/forest/forest07.png");
        _fixture.Picture("uc-merced/Images/forest/forest91.png");

        var dataset = _fixture.Open("uc-merced");
        var protocol = RetrievalProtocol.Of(dataset.Pictures);

        Assert.Equal(["airplane", "forest", "forest"], dataset.Pictures.Select(p => p.Class));
        Assert.Equal(["airplane+pavement", "trees", "pavement+trees"], dataset.Pictures.Select(p => string.Join('+', p.Labels)));
        Assert.Equal([0, 1, 1], new[] { protocol.Grade(0, 1), protocol.Grade(0, 2), protocol.Grade(1, 2) });
        Assert.True(protocol.IsMultiLabel);
        File.Move(
            Path.Combine(_fixture.Root, "uc-merced/Images/forest/forest91.png"),
            Path.Combine(_fixture.Root, "uc-merced/Images/forest/forest91.tif"));
        Assert.Contains("no picture forest91", _fixture.Fault("uc-merced"), StringComparison.Ordinal);
        _fixture.Text("uc-merced/LandUse_Multilabeled.txt", "IMAGE\\LABEL\tairplane\tpavement\t", "airplane00\t1\t");
        Assert.Contains("'airplane00' has 1 marks for 2 labels", _fixture.Fault("uc-merced"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("omniglot", "background", "evaluation", "short", true)]
    [InlineData("omniglot", "background", "evaluation", "short", false)]
    [InlineData("fashion-mnist", "train", "t10k", "ubyte", true)]
    public void Idx_arrays_are_grey_pictures(string name, string first, string second, string labelType, bool zipped)
    {
        var images = IdxWriter.Bytes(0x08, [4, 2, 3], [.. Enumerable.Range(0, 24).Select(i => (byte)(i * 10))]);
        var labels = labelType == "short" ? IdxWriter.Bytes(0x0B, [4], [0, 1, 0, 1, 1, 3, 1, 3]) : IdxWriter.Bytes(0x08, [4], [1, 1, 9, 9]);
        foreach (var set in (string[])[first, second])
        {
            _fixture.Bytes($"{name}/{set}-images-idx3-ubyte{(zipped ? ".gz" : "")}", zipped ? IdxWriter.Zip(images) : images);
            _fixture.Bytes($"{name}/{set}-labels-idx1-{labelType}{(zipped ? ".gz" : "")}", zipped ? IdxWriter.Zip(labels) : labels);
        }

        var dataset = _fixture.Open(name);

        Assert.Equal(8, dataset.Pictures.Count);
        Assert.Equal(
            name == "omniglot"
                ? ["character 0001", "character 0001", "character 0259", "character 0259"]
                : ["trouser", "trouser", "ankle boot", "ankle boot"],
            dataset.Pictures.Where(p => p.Part == PicturePart.Test).Select(p => p.Class));
        var third = dataset.Pictures.Single(p => p.Id == $"{first}/00002");
        using var image = NetVips.Image.NewFromBuffer(third.Load());
        Assert.Equal((3, 2), (image.Width, image.Height));
        Assert.Equal(Enumerable.Range(12, 6).SelectMany(i => Enumerable.Repeat((byte)(i * 10), 3)), image.WriteToMemory<byte>());

        _fixture.Bytes($"{name}/{second}-labels-idx1-{labelType}{(zipped ? ".gz" : "")}", labels[..^1]);
        Assert.Contains($"{second}-labels-idx1-{labelType}", _fixture.Fault(name), StringComparison.Ordinal);
        _fixture.Bytes($"{name}/{second}-labels-idx1-{labelType}{(zipped ? ".gz" : "")}", IdxWriter.Bytes(0x08, [3], [1, 1, 1]));
        Assert.Contains("as many labels", _fixture.Fault(name), StringComparison.Ordinal);
    }

    [Fact]
    public void Sketches_ask_photographs()
    {
        foreach (
            var name in (string[])
                [
                    "sketch/cat/1.png",
                    "sketch/dog/1.png",
                    "sketch/owl/1.png",
                    "photo/cat/1.jpg",
                    "photo/cat/deep/2.jpg",
                    "photo/dog/1.jpg",
                    "photo/owl/1.jpg",
                ])
        {
            _fixture.Picture($"two-modality/{name}");
        }

        _fixture.Text("two-modality/unseen.txt", "owl", "dog", "");

        var drawn = _fixture.Open("two-modality");
        var split = ClassSplit.Of(
            _fixture.Open("two-modality", new JsonObject { ["heldOutClasses"] = "unseen.txt" }) switch
            {
                var d => d with { Pictures = [.. d.Pictures, new("x", "extra", () => []) { Part = PicturePart.Training }] },
            },
            new());
        var protocol = RetrievalProtocol.Of(split.HeldOut);

        Assert.All(drawn.Pictures, p => Assert.Equal(PicturePart.Unassigned, p.Part));
        Assert.Equal(["sketch/dog/1.png", "sketch/owl/1.png"], protocol.Queries.Select(q => split.HeldOut[q].Id));
        Assert.Equal(["photo/dog/1.jpg", "photo/owl/1.jpg"], protocol.Gallery.Select(g => split.HeldOut[g].Id));
        Assert.Equal(["cat", "cat", "cat", "extra"], split.Training.Select(p => p.Class));
        Assert.Equal("photo", split.HeldOut[0].Attributes["modality"]);
        _fixture.Text("two-modality/unseen.txt", "lynx");
        Assert.Contains(
            "'lynx'", _fixture.Fault("two-modality", new JsonObject { ["heldOutClasses"] = "unseen.txt" }), StringComparison.Ordinal);
        Directory.Delete(Path.Combine(_fixture.Root, "two-modality/photo"), recursive: true);
        Assert.Contains("photo has no pictures", _fixture.Fault("two-modality"), StringComparison.Ordinal);
    }
}
