namespace Dml.Training.Data;

/// <summary>Grocery Store. Attribute <c>coarse</c>: the coarse class's number.</summary>
internal static class GroceryStoreDataset
{
    private const int LastTrainingClass = 40;
    private const int LastClassBeforeValidation = 27;

    public static DatasetAbout About { get; } = new()
    {
        Name = "grocery-store",
        Paper =
            "Grocery Store: M. Klasson, C. Zhang, H. Kjellström, A Hierarchical Grocery Store Image Dataset with Visual and Semantic "
                + "Labels, WACV 2019, arXiv 1901.00711.",
        Layout = ["classes.csv", "train.txt, val.txt, test.txt", "train/**/<picture>.jpg, val/**, test/**"],
        Split =
            "\"split\": \"zero-shot\" (default): fine classes 0-40 of all 5,421 pictures to train on, 41-80 held out. \"validation\": "
                + "0-27 to train on, 28-40 held out, for choosing options. \"official\": train.txt and val.txt to train on, test.txt held "
                + "out, the same 81 classes. Every picture is a query against all others.",
        Source = "the folder dataset of https://github.com/marcusklasson/GroceryStoreDataset.",
    };

    /// <summary>Options of <c>grocery-store</c>.</summary>
    public sealed record Options
    {
        /// <summary>The folder of classes.csv, or a .tar of it.</summary>
        public string Folder { get; init; } = "grocery-store";

        /// <summary>Unseen classes, or unseen pictures of known classes.</summary>
        public GrocerySplit Split { get; init; } = GrocerySplit.ZeroShot;
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var names = files
            .Rows(files.Get("classes.csv"), "name,id,coarse name,coarse id,picture,description", ',', skip: 1)
            .ToDictionary(row => row[1], row => row[0]);
        var pictures = new PictureList();
        foreach (var list in (string[])["train.txt", "val.txt", "test.txt"])
        {
            foreach (var row in files.Rows(files.Get(list), "path, fine class, coarse class", ','))
            {
                if (!names.TryGetValue(row[1], out var name) || !int.TryParse(row[1], out var number))
                {
                    throw files.Damaged($"{list}: classes.csv has no class {row[1]}.");
                }

                if (options.Split == GrocerySplit.Validation && number > LastTrainingClass)
                {
                    continue;
                }

                var isTraining = options.Split switch
                {
                    GrocerySplit.Official => list != "test.txt",
                    GrocerySplit.Validation => number <= LastClassBeforeValidation,
                    _ => number <= LastTrainingClass,
                };
                pictures.Add(
                    files.Get(row[0]), name, isTraining ? PicturePart.Training : PicturePart.Test,
                    attributes: new() { ["coarse"] = row[2] });
            }
        }

        return pictures.ToDataset($"grocery-store: {files.Path}");
    }
}
