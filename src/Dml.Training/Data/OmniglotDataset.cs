using System.Globalization;

namespace Dml.Training.Data;

/// <summary>Omniglot as IDX arrays.</summary>
internal static class OmniglotDataset
{
    public static DatasetAbout About { get; } = new()
    {
        Name = "omniglot",
        Paper =
            "Omniglot: B. M. Lake, R. Salakhutdinov, J. B. Tenenbaum, Human-level Concept Learning through Probabilistic Program "
                + "Induction, Science 350, 2015.",
        Layout =
        [
            "background-images-idx3-ubyte.gz, background-labels-idx1-short.gz",
            "evaluation-images-idx3-ubyte.gz, evaluation-labels-idx1-short.gz",
        ],
        Split =
            "the background set (964 characters, 19,280 drawings) to train on, the evaluation set (659 characters, 13,180 drawings) held "
                + "out; every drawing is a query against all others.",
        Source =
            "images_background.zip and images_evaluation.zip of https://github.com/brendenlake/omniglot, written as IDX: bytes [count, "
                + "height, width], and a short per drawing that numbers its character.",
    };

    /// <summary>Options of <c>omniglot</c>.</summary>
    public sealed record Options
    {
        /// <summary>Holds the four files, with or without .gz, or a .tar of them.</summary>
        public string Folder { get; init; } = "omniglot";
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var pictures = new PictureList();
        foreach (
            var (set, part) in (ReadOnlySpan<(string, PicturePart)>)[("background", PicturePart.Training), ("evaluation", PicturePart.Test)]
        )
        {
            IdxPictures.Add(files, pictures, set, $"{set}-images-idx3-ubyte", $"{set}-labels-idx1-short", part, label =>
                string.Create(CultureInfo.InvariantCulture, $"character {label:D4}"));
        }

        return pictures.ToDataset($"omniglot: {files.Path}");
    }
}
