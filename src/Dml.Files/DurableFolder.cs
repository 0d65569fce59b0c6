namespace Dml.Files;

/// <summary>Creates folders that are still there after a power failure.</summary>
public static class DurableFolder
{
    /// <summary>
    /// Creates a folder with its parents, and flushes the folder that each of them was made in: otherwise a crash may lose the folder with
    /// everything that was flushed inside it.
    /// </summary>
    /// <param name="path">Nothing happens if it exists.</param>
    /// <param name="mode">Permissions of the new folders; null for the usual ones. Without effect on Windows.</param>
    /// <exception cref="IOException">A folder cannot be created or flushed.</exception>
    public static void Create(string path, UnixFileMode? mode = null)
    {
        path = Path.GetFullPath(path);
        var missing = new Stack<string>();
        for (var at = path; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            missing.Push(at);
        }

        if (mode is { } permissions && !OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path, permissions);
        }
        else
        {
            Directory.CreateDirectory(path);
        }

        foreach (var made in missing)
        {
            FolderFlush.Flush(Path.GetDirectoryName(made)!);
        }
    }
}
