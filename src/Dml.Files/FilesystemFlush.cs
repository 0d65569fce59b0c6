namespace Dml.Files;

/// <summary>Makes everything that was written to a file system durable: one syncfs in place of an fsync for each of a million files.</summary>
public static class FilesystemFlush
{
    /// <summary>Flushes the file system that holds <paramref name="folder"/>. Linux only: where there is no syncfs, each file must be flushed by its writer.</summary>
    /// <exception cref="IOException">The folder cannot be opened, or something could not be written.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsLinux())
        {
            FolderFlush.Flush(folder, $"The file system of {folder}", Libc.Syncfs);
        }
    }
}
