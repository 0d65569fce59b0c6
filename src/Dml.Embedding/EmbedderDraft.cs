namespace Dml.Embedding;

/// <summary>An embedder's files before anybody may read them.</summary>
public static class EmbedderDraft
{
    private static readonly string[] Files = [EmbedderManifest.NetworkFileName, "recipe.json", "README.md", EmbedderManifest.FileName];

    /// <summary>
    /// Moves the files of a draft into an embedder's folder, the manifest last: a reader that meets the new network with the old manifest
    /// learns so from the manifest's hash.
    /// </summary>
    public static void Publish(string draft, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in Files.Where(name => File.Exists(Path.Combine(draft, name))))
        {
            File.Move(Path.Combine(draft, name), Path.Combine(folder, name), overwrite: true);
        }
    }
}
