namespace Dml.Api.Catalogue;

/// <summary>Writes a file so that a reader, or a crash, sees all of it or nothing.</summary>
internal static class AtomicFile
{
    /// <summary>Temporary file, flush to disk, rename, flush of the folder.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, preallocationSize: bytes.Length))
            {
                RandomAccess.Write(file, bytes, 0);
                RandomAccess.FlushToDisk(file);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        FolderFlush.Flush(Path.GetDirectoryName(path)!);
    }
}
