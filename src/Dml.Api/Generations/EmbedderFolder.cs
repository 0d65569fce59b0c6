using Dml.Embedding;
using Dml.Files;

namespace Dml.Api.Generations;

/// <summary>Copies, moves and deletes the two files of an embedder; a crash leaves a complete folder or none.</summary>
internal static class EmbedderFolder
{
    public static readonly string[] FileNames = [EmbedderManifest.NetworkFileName, EmbedderManifest.FileName];

    /// <summary>Creates an empty folder beside <paramref name="target"/> with a hidden, temporary name.</summary>
    public static string CreateTemporary(string target)
    {
        var temporary = TemporaryFiles.NameFor(Path.GetDirectoryName(target)! + Path.DirectorySeparatorChar);
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

    /// <summary>Renames a complete folder to its final name.</summary>
    /// <exception cref="IOException">A folder with that name exists.</exception>
    public static void MoveInto(string temporary, string target)
    {
        Directory.Move(temporary, target);
        FolderFlush.Flush(Path.GetDirectoryName(target)!);
    }

    /// <summary>Deletes an embedder; a crash leaves all of it or nothing that counts as an embedder.</summary>
    public static void Remove(string folder)
    {
        var hidden = TemporaryFiles.NameFor(Path.GetDirectoryName(folder)! + Path.DirectorySeparatorChar);
        MoveInto(folder, hidden);
        Delete(hidden);
    }

    public static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
