using System.Runtime.InteropServices;

namespace Dml.Embedding;

/// <summary>fsync of a folder: a rename is durable only after it. .NET opens no folders, so libc does.</summary>
public static partial class FolderFlush
{
    private const int ReadOnly = 0;

    /// <summary>Makes the renames and deletions inside <paramref name="folder"/> durable.</summary>
    /// <exception cref="IOException">The folder cannot be opened or flushed.</exception>
    public static void Flush(string folder)
    {
        // Windows makes renames durable through the file's own flush and knows no fsync of folders.
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        var handle = Open(folder, ReadOnly);
        if (handle < 0)
        {
            var reason = Marshal.GetLastPInvokeError();
            throw new IOException($"The folder {folder} cannot be opened to flush it (errno {reason}).", reason);
        }
        var result = Sync(handle);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(handle);
        if (result != 0)
        {
            throw new IOException($"The folder {folder} cannot be flushed (errno {error}).", error);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
