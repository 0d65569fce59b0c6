using System.Text.RegularExpressions;

namespace Dml.Training.Data;

/// <summary>Market-1501. Attribute <c>camera</c>: 1 to 6.</summary>
internal static partial class Market1501Dataset
{
    private const string Junk = "-1";

    public static DatasetAbout About { get; } = new()
    {
        Name = "market-1501",
        Paper =
            "Market-1501: L. Zheng, L. Shen, L. Tian, S. Wang, J. Wang, Q. Tian, Scalable Person Re-identification: A Benchmark, ICCV "
                + "2015.",
        Layout = ["bounding_box_train/<person>_c<camera>s<sequence>_<frame>_<box>.jpg", "bounding_box_test/…", "query/…"],
        Split =
            "bounding_box_train (751 persons, 12,936 pictures) to train on; 3,368 queries of 750 other persons against bounding_box_test "
                + "(19,732 pictures). Answers of the query's person and camera are left out of its ranking; junk (person -1), which the "
                + "protocol leaves out of every ranking, is not read; distractors (person 0000) stay.",
        Source = "Market-1501-v15.09.15.zip of https://zheng-lab.cecs.anu.edu.au/Project/project_reid.html (unzip).",
        Figures = ["Rank-1", "Rank-5", "Rank-10", "mAP@all", "mINP"],
    };

    /// <summary>Options of <c>market-1501</c>.</summary>
    public sealed record Options
    {
        /// <summary>The unpacked archive, or a .tar of it.</summary>
        public string Folder { get; init; } = "Market-1501-v15.09.15";
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var pictures = new PictureList();
        Add(files, pictures, "bounding_box_train", PicturePart.Training, PictureRole.Both);
        Add(files, pictures, "bounding_box_test", PicturePart.Test, PictureRole.Gallery);
        Add(files, pictures, "query", PicturePart.Test, PictureRole.Query);
        return pictures.ToDataset($"market-1501: {files.Path}");
    }

    private static void Add(DatasetFiles files, PictureList pictures, string folder, PicturePart part, PictureRole role)
    {
        var found = 0;
        foreach (var file in files.PicturesUnder(folder))
        {
            var name = Name().Match(Path.GetFileName(file.Name));
            if (!name.Success)
            {
                throw files.Damaged($"{file.Name} is not named <person>_c<camera>s<sequence>_<frame>_<box>.jpg.");
            }

            found++;
            if (name.Groups["person"].Value != Junk)
            {
                pictures.Add(file, name.Groups["person"].Value, part, role, new() { ["camera"] = name.Groups["camera"].Value });
            }
        }

        if (found == 0)
        {
            throw files.Damaged($"{folder} has no pictures.");
        }
    }

    [GeneratedRegex(@"^(?<person>-1|\d{4})_c(?<camera>\d)s\d_\d+_\d+\.")]
    private static partial Regex Name();
}
