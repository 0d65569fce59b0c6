namespace Dml.Training.Data;

/// <summary>
/// The demo drawings as two modalities: outlines of one colour are queries, drawings in colour are the gallery. Attribute <c>set</c>: the
/// vendor's package.
/// </summary>
internal static class EmojiSketchDataset
{
    public static DatasetAbout About { get; } = new()
    {
        Name = "emoji-sketches",
        Paper =
            "The demo drawings of one colour as sketches of those in colour, in the manner of zero-shot sketch retrieval; concepts that "
                + "have both.",
        Layout = ["<package>/icons.json, <package>/package.json of the @iconify-json packages"],
        Split = "none: the recipe's split draws the held-out concepts; held-out drawings of one colour are queries against those in "
            + "colour.",
        Source = "npm ci --ignore-scripts in the repository.",
        Figures = ["mAP@all", "P@100"],
    };

    public sealed record Options
    {
        /// <summary>Where npm puts the packages.</summary>
        public string Folder { get; init; } = new EmojiDataset.Options().Folder;

        /// <summary>Side of the PNG that a drawing is rendered to before it is decoded like any picture.</summary>
        public int RenderSize { get; init; } = new EmojiDataset.Options().RenderSize;

        /// <summary>The sets whose pictures are queries; all others are the gallery.</summary>
        public string[] Sketches { get; init; } = ["emojione-monotone", "fluent-emoji-high-contrast"];
    }

    public static Dataset Open(Options options, string root)
    {
        var all = EmojiDataset.Open(About.Name, new() { Folder = options.Folder, RenderSize = options.RenderSize }, root);
        bool IsSketch(LabelledPicture picture) => options.Sketches.Contains(picture.Attributes["set"]);
        var both = all
            .Pictures.GroupBy(p => p.Class)
            .Where(own => own.Any(IsSketch) && !own.All(IsSketch))
            .Select(own => own.Key)
            .ToHashSet(StringComparer.Ordinal);
        return all with
        {
            Pictures =
            [
                .. all
                    .Pictures.Where(p => both.Contains(p.Class))
                    .Select(p => p with { Role = IsSketch(p) ? PictureRole.Query : PictureRole.Gallery }),
            ],
        };
    }
}
