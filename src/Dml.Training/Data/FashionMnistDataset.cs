namespace Dml.Training.Data;

/// <summary>Fashion-MNIST.</summary>
internal static class FashionMnistDataset
{
    private static readonly string[] Names =
    [
        "t-shirt",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ];

    public static DatasetAbout About { get; } = new()
    {
        Name = "fashion-mnist",
        Paper =
            "Fashion-MNIST: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning "
                + "Algorithms, arXiv 1708.07747.",
        Layout = ["train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz"],
        Split =
            "60,000 pictures to train on, 10,000 held out, the same 10 classes; every picture is a query against all others. For unseen "
                + "classes: "
                + "\"split\": { \"by\": \"classes\" }.",
        Source =
            "https://github.com/zalandoresearch/fashion-mnist, or Debian's package dataset-fashion-mnist "
                + "(/usr/share/datasets/fashion-mnist).",
    };

    /// <summary>Options of <c>fashion-mnist</c>.</summary>
    public sealed record Options
    {
        /// <summary>Holds the four files, with or without .gz, or a .tar of them.</summary>
        public string Folder { get; init; } = "fashion-mnist";
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var pictures = new PictureList();
        string NameOf(int label) =>
            label < Names.Length ? Names[label] : throw files.Damaged($"label {label} is not between 0 and {Names.Length - 1}.");
        IdxPictures.Add(files, pictures, "train", "train-images-idx3-ubyte", "train-labels-idx1-ubyte", PicturePart.Training, NameOf);
        IdxPictures.Add(files, pictures, "t10k", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", PicturePart.Test, NameOf);
        return pictures.ToDataset($"fashion-mnist: {files.Path}");
    }
}
