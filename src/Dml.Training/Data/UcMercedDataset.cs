namespace Dml.Training.Data;

/// <summary>UC Merced Land Use with several labels a picture. Its class, what is trained on, is the scene.</summary>
internal static class UcMercedDataset
{
    private const string Table = "LandUse_Multilabeled.txt";

    public static DatasetAbout About { get; } = new()
    {
        Name = "uc-merced",
        Paper =
            "UC Merced Land Use: Y. Yang, S. Newsam, Bag-of-visual-words and Spatial Extensions for Land-use Classification, ACM GIS "
                + "2010; 17 labels of B. Chaudhuri, B. Demir, S. Chaudhuri, L. Bruzzone, IEEE TGRS 56(2), 2018.",
        Layout = [Table, "<folder>/**/<scene><number>.jpg or .png (the published TIFFs converted)"],
        Split =
            "none: the recipe's split draws the held-out ones of the 21 scenes; every picture is a query against all others, relevant as "
                + "far as labels "
                + "are shared (nDCG@K counts how many).",
        Source =
            "UCMerced_LandUse.zip of http://weegee.vision.ucmerced.edu/datasets/landuse.html and "
            + Table
            + " of its multi-label edition. TIFF is not decoded: mogrify -format png Images/*/*.tif.",
        Figures = ["P@10", "P@100", "nDCG@100"],
    };

    /// <summary>Options of <c>uc-merced</c>.</summary>
    public sealed record Options
    {
        /// <summary>Holds the table and the pictures, or a .tar of it.</summary>
        public string Folder { get; init; } = "uc-merced";
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var byName = files
            .All.Where(f => f.IsPicture)
            .GroupBy(f => Path.GetFileNameWithoutExtension(f.Name))
            .ToDictionary(g => g.Key, g => g.First());
        // Every line ends in a tab.
        var lines = System
            .Text.Encoding.UTF8.GetString(files.Get(Table).Load())
            .Split('\n')
            .Select(line => line.Trim().Split('\t'))
            .Where(row => row.Length > 1)
            .ToArray();
        var labels = lines.Length > 0 ? lines[0] : [];
        var pictures = new PictureList();
        foreach (var row in lines.Skip(1))
        {
            if (row.Length != labels.Length)
            {
                throw files.Damaged($"{Table}: '{row[0]}' has {row.Length - 1} marks for {labels.Length - 1} labels.");
            }

            var file = byName.GetValueOrDefault(row[0])
                ?? throw files.Damaged($"there is no picture {row[0]} ({DatasetFile.KnownEndings}).");
            pictures.Add(
                file, row[0].TrimEnd("0123456789".ToCharArray()),
                labels: [.. labels.Where((_, column) => column > 0 && row[column] == "1")]);
        }

        return pictures.ToDataset($"uc-merced: {files.Path}");
    }
}
