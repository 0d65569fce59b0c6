using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Fetching;

namespace Dml.Training.Weights;

/// <summary>Finds the file that <c>pretrained</c> in a recipe, or <c>--pretrained</c>, means.</summary>
public static class PretrainedFile
{
    private const string Models = "models";

    /// <summary>
    /// A file; the folder of an embedder; the name of an embedder in <c>models</c>, in the working folder or beside the program; or the
    /// name of a file that <c>dml fetch</c> has downloaded.
    /// </summary>
    /// <param name="name">As it was given.</param>
    /// <param name="root">Where a relative path starts.</param>
    /// <returns>The full path of a file that exists.</returns>
    /// <exception cref="RecipeException">There is none; the message says where it was looked for and what to do.</exception>
    public static string Find(string name, string root)
    {
        var path = Path.GetFullPath(Path.Combine(root, name));
        if (File.Exists(path))
        {
            return path;
        }

        var isName = name.Length > 0 && Path.GetFileName(name) == name;
        string[] folders = isName
            ? [path, Path.Combine(root, Models, name), Path.Combine(AppContext.BaseDirectory, Models, name)]
            : [path];
        var folder = Array.Find(folders, folder => File.Exists(Path.Combine(folder, EmbedderManifest.FileName)));
        if (folder is not null && File.Exists(Path.Combine(folder, EmbedderManifest.NetworkFileName)))
        {
            return Path.Combine(folder, EmbedderManifest.NetworkFileName);
        }

        var known = isName ? KnownFiles.Find(name) : null;
        if (folder is null && known is not null && File.Exists(WeightCache.PathOf(known)))
        {
            return WeightCache.PathOf(known);
        }

        throw new RecipeException((folder, known) switch
        {
            ({ }, _) => $"Pretrained weights: the embedder {folder} has no {EmbedderManifest.NetworkFileName}. In the repository, building "
                + "the service makes the one of photo: dotnet build src/Dml.Api",
            (_, { }) => $"Pretrained weights: {name} is not in {WeightCache.Folder}. Download it with: dml fetch {name}",
            _ => $"Pretrained weights: '{name}' is neither a file ({path}) nor the folder or name of an embedder (such as photo), nor one "
                + $"of those that dml fetch knows: {string.Join(", ", KnownFiles.All.Select(file => file.Name))}.",
        });
    }
}
