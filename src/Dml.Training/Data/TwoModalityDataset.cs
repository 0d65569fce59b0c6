using System.Text;

namespace Dml.Training.Data;

/// <summary>
/// Pictures of two kinds, such as sketches as queries and photographs as gallery. Attribute <c>modality</c>: the kind's folder.
/// </summary>
internal static class TwoModalityDataset
{
    public static DatasetAbout About { get; } = new()
    {
        Name = "two-modality",
        Paper =
            "Folders of two kinds of pictures, as in zero-shot sketch retrieval: S. Dey et al., Doodle to Search, CVPR 2019, arXiv "
                + "1904.03451 (Sketchy Extended, TU-Berlin Extended).",
        Layout = ["<query>/<class>/**/<picture>", "<gallery>/<class>/**/<picture>"],
        Split =
            "held-out classes from the file \"heldOutClasses\" (one name a line), or drawn by the recipe's split; held-out pictures of "
                + "the query folder are queries against those of the gallery folder.",
        Source = "your own pictures, or the sets of the paper: one folder \"sketch\" and one folder \"photo\".",
        Figures = ["mAP@all", "P@100", "mAP@200", "P@200", "mAP-interpolated"],
    };

    /// <summary>Options of <c>two-modality</c>.</summary>
    public sealed record Options
    {
        /// <summary>Holds both folders, or a .tar of it.</summary>
        public string Folder { get; init; } = "two-modality";

        /// <summary>The folder of the queries.</summary>
        public string Query { get; init; } = "sketch";

        /// <summary>The folder of the gallery.</summary>
        public string Gallery { get; init; } = "photo";

        /// <summary>
        /// A file in the folder with the names of the held-out classes, one a line; null leaves them to the recipe's split.
        /// </summary>
        public string? HeldOutClasses { get; init; }
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var heldOut = options.HeldOutClasses is { } list
            ? Encoding
                .UTF8.GetString(files.Get(list).Load())
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .ToHashSet(StringComparer.Ordinal)
            : null;
        var pictures = new PictureList();
        var classes = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            var (folder, role) in (ReadOnlySpan<(string, PictureRole)>)
                [(options.Query, PictureRole.Query), (options.Gallery, PictureRole.Gallery)])
        {
            var own = files.PicturesUnder(folder).Where(f => f.Name.Split('/').Length > 2).ToList();
            if (own.Count == 0)
            {
                throw files.Damaged($"{folder} has no pictures ({DatasetFile.KnownEndings}) in class folders.");
            }

            foreach (var file in own)
            {
                var label = file.Name.Split('/')[folder.Split('/').Length];
                classes.Add(label);
                var part = heldOut is null ? PicturePart.Unassigned : heldOut.Contains(label) ? PicturePart.Test : PicturePart.Training;
                pictures.Add(file, label, part, role, new() { ["modality"] = folder });
            }
        }

        return heldOut?.FirstOrDefault(name => !classes.Contains(name)) is { } unknown
            ? throw files.Damaged($"'{unknown}' of {options.HeldOutClasses} is not a class folder.")
            : pictures.ToDataset($"two-modality: {files.Path}");
    }
}
