namespace Dml.Training.Data;

/// <summary>A folder of class folders.</summary>
internal static class FoldersDataset
{
    public static DatasetAbout About { get; } = new()
    {
        Name = "folders",
        Paper = "A folder of class folders.",
        Layout = ["<class>/**/<picture>"],
        Split = "none: the labels that a service's gate holds out, unless the recipe has a split.",
        DefaultSplit = SplitSource.Gate,
        Source = "your own pictures.",
    };

    /// <summary>Options of <c>folders</c>.</summary>
    public sealed record Options
    {
        /// <summary>Holds one folder per class; deeper folders belong to their class. Or a .tar of it.</summary>
        public string Folder { get; init; } = "pictures";
    }

    public static Dataset Open(Options options, string root)
    {
        var files = DatasetFiles.Open(About, root, options.Folder);
        var pictures = new PictureList();
        foreach (var file in files.All.Where(f => f.IsPicture && f.Name.Contains('/', StringComparison.Ordinal)))
        {
            pictures.Add(file, file.Name[..file.Name.IndexOf('/', StringComparison.Ordinal)]);
        }

        return pictures.ToDataset($"folders: {files.Path}/<class>/<picture>");
    }
}
