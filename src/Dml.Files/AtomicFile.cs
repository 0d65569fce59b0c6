namespace Dml.Files;

/// <summary>Writes a file so that a reader, or a restart after a crash, finds either the complete new file or the earlier one.</summary>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 20;

    /// <summary>
    /// Writes <paramref name="bytes"/> to a temporary name, flushes, renames and flushes the folder. A missing folder is created.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written. The earlier file is unchanged and nothing else is left.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes) => Replace(path, bytes, static (temporary, bytes) =>
    {
        using var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, bytes, 0);
        RandomAccess.FlushToDisk(file);
    });

    /// <summary>Does the same for content that <paramref name="write"/> produces. If it throws, the earlier file stays.</summary>
    /// <exception cref="IOException">The file cannot be written. The earlier file is unchanged and nothing else is left.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Replace(path, write, static (temporary, write) =>
        {
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
            write(stream);
            stream.Flush(flushToDisk: true);
        });
    }

    private static void Replace<T>(string path, T content, Action<string, T> create)
        where T : allows ref struct
    {
        path = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(path)!;
        DurableFolder.Create(folder);
        var temporary = TemporaryFiles.NameFor(path);
        try
        {
            create(temporary, content);
            File.Move(temporary, path, overwrite: true);
            FolderFlush.Flush(folder);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
