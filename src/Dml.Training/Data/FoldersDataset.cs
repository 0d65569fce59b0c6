using Dml.Training.Catalogues;

namespace Dml.Training.Data;

/// <summary>A folder of class folders.</summary>
internal static class FoldersDataset
{
    /// <summary>Options of <c>folders</c>.</summary>
    public sealed record Options
    {
        /// <summary>Holds one folder per class; deeper folders belong to their class.</summary>
        public string Folder { get; init; } = "pictures";
    }

    public static Dataset Open(Options options, string root)
    {
        var folder = Path.GetFullPath(Path.Combine(root, options.Folder));
        if (!Directory.Exists(folder))
        {
            throw new RecipeException($"folders: expected a folder of class folders at {folder}, and there is none. Set \"folder\" in the recipe's dataset.");
        }
        return PictureFiles.ToDataset($"folders: {folder}/<class>/<picture>",
            from classFolder in Directory.EnumerateDirectories(folder)
            from path in Directory.EnumerateFiles(classFolder, "*", SearchOption.AllDirectories)
            where PictureFiles.IsPicture(path)
            select (Path.GetRelativePath(folder, path).Replace('\\', '/'), Path.GetFileName(classFolder), path));
    }
}
