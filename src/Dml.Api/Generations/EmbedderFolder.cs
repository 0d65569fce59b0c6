using Dml.Embedding;
using Dml.Files;

namespace Dml.Api.Generations;

/// <summary>An embedder's two files: copied, moved and deleted so that a crash leaves all of a folder or none.</summary>
internal static class EmbedderFolder
{
    public static readonly string[] FileNames = [EmbedderManifest.NetworkFileName, EmbedderManifest.FileName];

    /// <summary>A new empty folder beside <paramref name="target"/>, with a name that nobody takes for an embedder's.</summary>
    public static string CreateTemporary(string target)
    {
        var temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Guid.NewGuid():N}.tmp");
        Directory.CreateDirectory(temporary);
        return temporary;
    }

    public static void Copy(string source, string target)
    {
        var temporary = CreateTemporary(target);
        try
        {
            foreach (var name in FileNames)
            {
                using var from = File.OpenRead(Path.Combine(source, name));
                AtomicFile.Write(Path.Combine(temporary, name), from.CopyTo);
            }

            MoveInto(temporary, target);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>Gives a whole folder its final name.</summary>
    /// <exception cref="IOException">There is a folder of that name.</exception>
    public static void MoveInto(string temporary, string target)
    {
        Directory.Move(temporary, target);
        FolderFlush.Flush(Path.GetDirectoryName(target)!);
    }

    public static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
