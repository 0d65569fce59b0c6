using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Data;

public sealed class ProductsAndClothesTests : IDisposable
{
    private readonly DatasetFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Online_products_take_their_split_from_two_lists()
    {
        const string Header = "image_id class_id super_class_id path";
        _fixture.Text(
            "Stanford_Online_Products/Ebay_train.txt", Header, "1 1 1 bicycle_final/111085122871_0.JPG",
            "2 1 1 bicycle_final/111085122871_1.JPG", "3 2 6 lamp_final/111265328556_0.JPG");
        _fixture.Text(
            "Stanford_Online_Products/Ebay_test.txt", Header, "59552 11319 1 bicycle_final/251952414262_0.JPG",
            "59553 11320 6 lamp_final/251952414263_0.JPG");
        foreach (
            var name in (string[])
                [
                    "bicycle_final/111085122871_0.JPG",
                    "bicycle_final/111085122871_1.JPG",
                    "lamp_final/111265328556_0.JPG",
                    "bicycle_final/251952414262_0.JPG",
                    "lamp_final/251952414263_0.JPG",
                ])
        {
            _fixture.Picture($"Stanford_Online_Products/{name}");
        }

        var dataset = _fixture.Open("online-products");

        Assert.Equal(["1", "1", "11319", "2", "11320"], dataset.Pictures.Select(p => p.Class));
        Assert.Equal(["bicycle", "bicycle", "bicycle", "lamp", "lamp"], dataset.Pictures.Select(p => p.Attributes["group"]));
        Assert.Equal(
            ["bicycle_final/251952414262_0.JPG", "lamp_final/251952414263_0.JPG"], ClassSplit.Of(dataset, new()).HeldOut.Select(p => p.Id));
        // Drawn at random, when the recipe says so.
        Assert.NotEmpty(ClassSplit.Of(dataset, new() { By = SplitSource.Classes, Seed = 1 }).HeldOut);

        _fixture.Text("Stanford_Online_Products/Ebay_test.txt", Header, "59552 11319 bicycle_final/251952414262_0.JPG");
        Assert.Contains("Ebay_test.txt, line 2", _fixture.Fault("online-products"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Eval/", "Img/")]
    [InlineData("", "")]
    public void In_shop_has_queries_and_a_gallery(string listFolder, string pictureFolder)
    {
        string[] rows =
        [
            "img/WOMEN/Dresses/id_00000001/02_1_front.jpg                          id_00000001 train",
            "img/WOMEN/Dresses/id_00000003/02_1_front.jpg                          id_00000003 train",
            "img/WOMEN/Blouses_Shirts/id_00000002/02_1_front.jpg                   id_00000002 query",
            "img/WOMEN/Blouses_Shirts/id_00000002/02_3_back.jpg                    id_00000002 gallery",
            "img/MEN/Denim/id_00000080/01_1_front.jpg                              id_00000080 gallery",
        ];
        _fixture.Text($"In-shop/{listFolder}list_eval_partition.txt", ["5", "image_name item_id evaluation_status", .. rows]);
        foreach (var row in rows)
        {
            _fixture.Picture($"In-shop/{pictureFolder}{row.Split(' ')[0]}");
        }

        var split = ClassSplit.Of(_fixture.Open("in-shop"), new());
        var protocol = RetrievalProtocol.Of(split.HeldOut);

        Assert.Equal(["id_00000001", "id_00000003"], split.Training.Select(p => p.Class));
        Assert.Equal(["id_00000002"], protocol.Queries.Select(q => split.HeldOut[q].Class));
        Assert.Equal(["id_00000080", "id_00000002"], protocol.Gallery.Select(g => split.HeldOut[g].Class));
        Assert.False(protocol.IsSelfRetrieval);

        _fixture.Text($"In-shop/{listFolder}list_eval_partition.txt", ["6", "image_name item_id evaluation_status", .. rows]);
        Assert.Contains("announces 6 pictures and lists 5", _fixture.Fault("in-shop"), StringComparison.Ordinal);
        _fixture.Text(
            $"In-shop/{listFolder}list_eval_partition.txt",
            ["1", "image_name item_id evaluation_status", rows[0].Replace("train", "val", StringComparison.Ordinal)]);
        Assert.Contains("'val'", _fixture.Fault("in-shop"), StringComparison.Ordinal);
    }

    [Fact]
    public void Market_leaves_out_junk_and_keeps_distractors()
    {
        foreach (
            var name in (string[])
                [
                    "bounding_box_train/0002_c1s1_000451_03.jpg",
                    "bounding_box_train/0007_c2s3_070952_01.jpg",
                    "query/0001_c1s1_001051_00.jpg",
                    "bounding_box_test/0001_c1s1_001051_01.jpg",
                    "bounding_box_test/0001_c4s6_014910_02.jpg",
                    "bounding_box_test/0000_c3s2_105228_06.jpg",
                    "bounding_box_test/-1_c5s1_000401_03.jpg",
                ])
        {
            _fixture.Picture($"Market-1501-v15.09.15/{name}");
        }

        _fixture.Bytes("Market-1501-v15.09.15/bounding_box_test/Thumbs.db", [1]);

        var split = ClassSplit.Of(_fixture.Open("market-1501"), new());
        var protocol = RetrievalProtocol.Of(split.HeldOut);

        Assert.Equal(["0002", "0007"], split.Training.Select(p => p.Class));
        Assert.Equal(["0000", "0001", "0001"], protocol.Gallery.Select(g => split.HeldOut[g].Class));
        Assert.Equal(["query/0001_c1s1_001051_00.jpg"], protocol.Queries.Select(q => split.HeldOut[q].Id));
        Assert.Contains("camera left out", protocol.Description, StringComparison.Ordinal);
        // Only the answer of camera 4 may be found.
        var figures = HeldOutEvaluation.Measure(
            Vectors(split.HeldOut), protocol, ["Rank-1", "mAP@all"], cancel: TestContext.Current.CancellationToken);
        Assert.Equal(0.5, figures["mAP@all"], 12);

        _fixture.Picture("Market-1501-v15.09.15/query/someone.jpg");
        Assert.Contains("query/someone.jpg", _fixture.Fault("market-1501"), StringComparison.Ordinal);
        Directory.Delete(Path.Combine(_fixture.Root, "Market-1501-v15.09.15/query"), recursive: true);
        Assert.Contains("query has no pictures", _fixture.Fault("market-1501"), StringComparison.Ordinal);
    }

    // The same-camera picture nearest, then the distractor, then the right answer.
    private static float[] Vectors(IReadOnlyList<LabelledPicture> pictures) =>
        [
            .. pictures
                .Select(p =>
                    Path.GetFileName(p.Id)[..7] switch
                    {
                        "0001_c1" => p.Role == PictureRole.Query ? 0 : 0.1,
                        "0000_c3" => 0.2,
                        _ => 0.3,
                    }
                )
                .SelectMany(angle => new[] { (float)Math.Cos(angle), (float)Math.Sin(angle) }),
        ];
}
