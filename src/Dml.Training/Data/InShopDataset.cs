namespace Dml.Training.Data;

/// <summary>DeepFashion In-shop Clothes Retrieval.</summary>
internal static class InShopDataset
{
    private const string Columns = "image_name item_id evaluation_status";

    public static DatasetAbout About { get; } = new()
    {
        Name = "in-shop",
        Paper =
            "In-shop Clothes Retrieval: Z. Liu, P. Luo, S. Qiu, X. Wang, X. Tang, DeepFashion: Powering Robust Clothes Recognition and "
                + "Retrieval with Rich Annotations, CVPR 2016.",
        Layout = ["Eval/list_eval_partition.txt (or list_eval_partition.txt)", "Img/img/<sex>/<kind>/<item>/<picture>.jpg (or img/…)"],
        Split =
            "the partition file's: 3,997 items (25,882 pictures) to train on; 14,218 queries against a gallery of 12,612 pictures of "
                + "3,985 other items.",
        Source =
            "list_eval_partition.txt and img.zip of https://mmlab.ie.cuhk.edu.hk/projects/DeepFashion/InShopRetrieval.html (unzip img.zip "
                + "in Img).",
        Figures = ["R@1", "R@10", "R@20", "R@30", "R@40", "R@50"],
    };

    /// <summary>Options of <c>in-shop</c>.</summary>
    public sealed record Options
    {
        /// <summary>The benchmark's folder, or a .tar of it.</summary>
        public string Folder { get; init; } = "In-shop";
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var partition = files.First("Eval/list_eval_partition.txt", "list_eval_partition.txt");
        var pictures = new PictureList();
        var rows = 0;
        // The first line says how many rows follow, the second names the columns.
        foreach (var row in files.Rows(partition, Columns, skip: 2))
        {
            rows++;
            var (part, role) = row[2] switch
            {
                "train" => (PicturePart.Training, PictureRole.Both),
                "query" => (PicturePart.Test, PictureRole.Query),
                "gallery" => (PicturePart.Test, PictureRole.Gallery),
                _ => throw files.Damaged($"{partition.Name}: '{row[2]}' is not train, query or gallery."),
            };
            pictures.Add(files.First($"Img/{row[0]}", row[0]), row[1], part, role);
        }

        var said = files.Rows(partition, "count").FirstOrDefault()?[0] ?? "none";
        return said == $"{rows}"
            ? pictures.ToDataset($"in-shop: {files.Path}")
            : throw files.Damaged($"{partition.Name} announces {said} pictures and lists {rows}.");
    }
}
