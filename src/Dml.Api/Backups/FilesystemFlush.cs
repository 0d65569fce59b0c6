using System.Runtime.InteropServices;

namespace Dml.Api.Backups;

/// <summary>syncfs: makes all that was written to a file system durable. One call in place of an fsync for each of a million files.</summary>
internal static partial class FilesystemFlush
{
    private const int ReadOnly = 0;

    /// <param name="folder">Any folder of the file system.</param>
    /// <exception cref="IOException">Something could not be written.</exception>
    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        var handle = Open(folder, ReadOnly);
        if (handle < 0)
        {
            throw new IOException($"The folder {folder} cannot be opened to flush it (errno {Marshal.GetLastPInvokeError()}).");
        }
        var result = Sync(handle);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(handle);
        if (result != 0)
        {
            throw new IOException($"The file system of {folder} cannot be flushed (errno {error}).");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
