namespace Dml.Training.Data;

/// <summary>Caltech-UCSD Birds 200-2011.</summary>
internal static class Cub200Dataset
{
    private const int LastTrainingClass = 100;

    public static DatasetAbout About { get; } = new()
    {
        Name = "cub-200-2011",
        Paper =
            "Caltech-UCSD Birds: C. Wah, S. Branson, P. Welinder, P. Perona, S. Belongie, The Caltech-UCSD Birds-200-2011 Dataset, "
                + "CNS-TR-2011-001.",
        Layout = ["images.txt", "image_class_labels.txt", "images/<class>/<picture>.jpg"],
        Split = "classes 1-100 (5,864 pictures) to train on, 101-200 (5,924) held out; every picture is a query against all others.",
        Source =
            "CUB_200_2011.tgz of https://www.vision.caltech.edu/datasets/cub_200_2011/ (tar xf, then name the folder CUB_200_2011).",
    };

    /// <summary>Options of <c>cub-200-2011</c>.</summary>
    public sealed record Options
    {
        /// <summary>The unpacked archive, or a .tar of it.</summary>
        public string Folder { get; init; } = "CUB_200_2011";
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var classes = files.Rows(files.Get("image_class_labels.txt"), "image_id class_id").ToDictionary(row => row[0], row => row[1]);
        var pictures = new PictureList();
        foreach (var row in files.Rows(files.Get("images.txt"), "image_id image_name"))
        {
            if (!classes.TryGetValue(row[0], out var text) || !int.TryParse(text, out var number))
            {
                throw files.Damaged($"image_class_labels.txt has no class number for image {row[0]} of images.txt.");
            }

            pictures.Add(
                files.Get($"images/{row[1]}"), row[1].Split('/')[0], number <= LastTrainingClass ? PicturePart.Training : PicturePart.Test);
        }

        return pictures.ToDataset($"cub-200-2011: {files.Path}");
    }
}
