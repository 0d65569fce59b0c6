namespace Dml.Training.Data;

/// <summary>Stanford Online Products. Attribute <c>group</c>: the kind of product.</summary>
internal static class OnlineProductsDataset
{
    private const string Columns = "image_id class_id super_class_id path";

    public static DatasetAbout About { get; } = new()
    {
        Name = "online-products",
        Paper =
            "Stanford Online Products: H. O. Song, Y. Xiang, S. Jegelka, S. Savarese, Deep Metric Learning via Lifted Structured Feature "
                + "Embedding, CVPR 2016, arXiv 1511.06452.",
        Layout = ["Ebay_train.txt", "Ebay_test.txt", "<group>_final/<picture>.JPG"],
        Split =
            "Ebay_train.txt (11,318 classes, 59,551 pictures) to train on, Ebay_test.txt (11,316 classes, 60,502 pictures) held out; "
                + "every picture is a query against all others.",
        Source = "Stanford_Online_Products.zip of https://cvgl.stanford.edu/projects/lifted_struct/ (unzip).",
        Figures = ["R@1", "R@10", "R@100", "R@1000"],
    };

    /// <summary>Options of <c>online-products</c>.</summary>
    public sealed record Options
    {
        /// <summary>The unpacked archive, or a .tar of it.</summary>
        public string Folder { get; init; } = "Stanford_Online_Products";
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var pictures = new PictureList();
        foreach (
            var (list, part) in (ReadOnlySpan<(string, PicturePart)>)
                [("Ebay_train.txt", PicturePart.Training), ("Ebay_test.txt", PicturePart.Test)])
        {
            foreach (var row in files.Rows(files.Get(list), Columns, skip: 1))
            {
                pictures.Add(
                    files.Get(row[3]), row[1], part,
                    attributes: new() { ["group"] = row[3].Split('/')[0].Replace("_final", "", StringComparison.Ordinal) });
            }
        }

        return pictures.ToDataset($"online-products: {files.Path}");
    }
}
