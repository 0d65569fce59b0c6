using System.Globalization;
using System.Text.Json.Nodes;
using Dml.Training.Data;

namespace Dml.Training.Tests.Data;

public sealed class BirdsAndCarsTests : IDisposable
{
    private readonly DatasetFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private void WriteBirds()
    {
        string[] names =
        [
            "001.Black_footed_Albatross/Black_Footed_Albatross_0046_18.jpg",
            "100.Brown_Pelican/Brown_Pelican_0001_1.jpg",
            "101.White_Pelican/White_Pelican_0002_7.jpg",
            "200.Common_Yellowthroat/Common_Yellowthroat_0003_2.jpg",
        ];
        _fixture.Text("CUB_200_2011/images.txt", [.. names.Select((n, i) => $"{i + 1} {n}")]);
        _fixture.Text("CUB_200_2011/image_class_labels.txt", "1 1", "2 100", "3 101", "4 200");
        _fixture.Text(
            "CUB_200_2011/classes.txt", "1 001.Black_footed_Albatross", "100 100.Brown_Pelican", "101 101.White_Pelican",
            "200 200.Common_Yellowthroat");
        _fixture.Text("CUB_200_2011/train_test_split.txt", "1 0", "2 1", "3 1", "4 0");
        foreach (var name in names)
        {
            _fixture.Picture($"CUB_200_2011/images/{name}");
        }
    }

    [Fact]
    public void Cub_trains_on_the_first_hundred_classes()
    {
        WriteBirds();

        var dataset = _fixture.Open("cub-200-2011");

        Assert.Equal(
            ["001.Black_footed_Albatross", "100.Brown_Pelican", "101.White_Pelican", "200.Common_Yellowthroat"],
            dataset.Pictures.Select(p => p.Class));
        Assert.Equal(
            [PicturePart.Training, PicturePart.Training, PicturePart.Test, PicturePart.Test], dataset.Pictures.Select(p => p.Part));
        var split = ClassSplit.Of(dataset, new());
        Assert.Equal((2, 2), (split.Training.Count, split.HeldOut.Count));
    }

    [Fact]
    public void Cub_with_a_missing_picture_or_class_says_which()
    {
        WriteBirds();
        _fixture.Text("CUB_200_2011/image_class_labels.txt", "1 1", "2 100", "4 200");
        Assert.Contains("image 3", _fixture.Fault("cub-200-2011"), StringComparison.Ordinal);
        _fixture.Text("CUB_200_2011/image_class_labels.txt", "1 1", "2 100", "3", "4 200");
        Assert.Contains("line 3", _fixture.Fault("cub-200-2011"), StringComparison.Ordinal);
        WriteBirds();
        File.Delete(Path.Combine(_fixture.Root, "CUB_200_2011/images/101.White_Pelican/White_Pelican_0002_7.jpg"));
        Assert.Contains(
            "images/101.White_Pelican/White_Pelican_0002_7.jpg is missing", _fixture.Fault("cub-200-2011"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tar_is_read_in_place()
    {
        WriteBirds();
        var inFolder = _fixture.Open("cub-200-2011");
        var expected = inFolder.Pictures.Select(p => (p.Id, p.Class, Bytes: Convert.ToHexString(p.Load()))).ToArray();
        _fixture.Pack("CUB_200_2011");

        Assert.Equal(expected, _fixture.Open("cub-200-2011").Pictures.Select(p => (p.Id, p.Class, Convert.ToHexString(p.Load()))));
        Assert.Equal(
            expected,
            _fixture
                .Open("cub-200-2011", new() { ["folder"] = "CUB_200_2011.tar" })
                .Pictures.Select(p => (p.Id, p.Class, Convert.ToHexString(p.Load()))));

        var tar = Path.Combine(_fixture.Root, "CUB_200_2011.tar");
        File.WriteAllBytes(tar, File.ReadAllBytes(tar)[..2000]);
        Assert.Contains("not a whole .tar", _fixture.Fault("cub-200-2011"), StringComparison.Ordinal);
        File.Move(tar, Path.Combine(_fixture.Root, "CUB_200_2011.tgz"));
        Assert.Contains("tar xf", _fixture.Fault("cub-200-2011"), StringComparison.Ordinal);
    }

    private static readonly string[] CarNames =
    [
        .. Enumerable.Range(1, 196).Select(n => $"Car {n.ToString("D3", CultureInfo.InvariantCulture)}"),
    ];

    private static Dictionary<string, object> Car(string pathField, string path, int number) => new()
    {
        [pathField] = path,
        ["bbox_x1"] = 112.0,
        ["bbox_y1"] = 7.0,
        ["bbox_x2"] = 853.0,
        ["bbox_y2"] = 717.0,
        ["class"] = (double)number,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cars_as_one_annotation_file(bool compress)
    {
        _fixture.Bytes(
            "cars196/cars_annos.mat",
            MatWriter.File(
                compress,
                (
                    "annotations",
                    new[]
                    {
                        Car("relative_im_path", "car_ims/000001.jpg", 1),
                        Car("relative_im_path", "car_ims/000002.jpg", 98),
                        Car("relative_im_path", "car_ims/000003.jpg", 99),
                        Car("relative_im_path", "car_ims/000004.jpg", 196),
                    }
                ),
                ("class_names", CarNames)));
        for (var i = 1; i <= 4; i++)
        {
            _fixture.Picture($"cars196/car_ims/00000{i}.jpg");
        }

        var dataset = _fixture.Open("cars196");

        Assert.Equal(["Car 001", "Car 098", "Car 099", "Car 196"], dataset.Pictures.Select(p => p.Class));
        Assert.Equal(
            [PicturePart.Training, PicturePart.Training, PicturePart.Test, PicturePart.Test], dataset.Pictures.Select(p => p.Part));
    }

    [Fact]
    public void Cars_as_devkit_with_two_picture_folders()
    {
        _fixture.Bytes("cars196/devkit/cars_meta.mat", MatWriter.File(true, ("class_names", CarNames)));
        _fixture.Bytes(
            "cars196/devkit/cars_train_annos.mat",
            MatWriter.File(true, ("annotations", new[] { Car("fname", "00001.jpg", 3), Car("fname", "00002.jpg", 150) })));
        _fixture.Bytes(
            "cars196/cars_test_annos_withlabels.mat",
            MatWriter.File(true, ("annotations", new[] { Car("fname", "00001.jpg", 4), Car("fname", "00002.jpg", 151) })));
        foreach (var name in (string[])["cars_train/00001.jpg", "cars_train/00002.jpg", "cars_test/00001.jpg", "cars_test/00002.jpg"])
        {
            _fixture.Picture($"cars196/{name}");
        }

        var dataset = _fixture.Open("cars196");

        Assert.Equal(
            [
                ("cars_test/00001.jpg", "Car 004", PicturePart.Training),
                ("cars_test/00002.jpg", "Car 151", PicturePart.Test),
                ("cars_train/00001.jpg", "Car 003", PicturePart.Training),
                ("cars_train/00002.jpg", "Car 150", PicturePart.Test),
            ],
            dataset.Pictures.Select(p => (p.Id, p.Class, p.Part)));
        // The devkit's own test annotations come without labels: they are not the file that is needed.
        _fixture.Bytes(
            "cars196/cars_test_annos_withlabels.mat",
            MatWriter.File(true, ("annotations", new[] { new Dictionary<string, object> { ["fname"] = "00001.jpg" } })));
        Assert.Contains("lacks fname or a class", _fixture.Fault("cars196"), StringComparison.Ordinal);
        _fixture.Bytes("cars196/cars_test_annos_withlabels.mat", "nothing"u8.ToArray());
        Assert.Contains("cars_test_annos_withlabels.mat", _fixture.Fault("cars196"), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_name_another_folder()
    {
        WriteBirds();
        Directory.Move(Path.Combine(_fixture.Root, "CUB_200_2011"), Path.Combine(_fixture.Root, "birds"));

        Assert.Equal(4, _fixture.Open("cub-200-2011", new JsonObject { ["folder"] = "birds" }).Pictures.Count);
    }
}
