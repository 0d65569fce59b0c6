using System.Runtime.InteropServices;

namespace Dml.Files;

/// <summary>fsync of a folder: a rename is durable only after it. .NET cannot open a folder, so the C library does.</summary>
public static class FolderFlush
{
    private const int ReadOnly = 0;

    /// <summary>Makes the renames and deletions inside <paramref name="folder"/> durable.</summary>
    /// <exception cref="IOException">The folder cannot be opened or flushed.</exception>
    public static void Flush(string folder)
    {
        // Windows makes renames durable through the file's own flush and has no fsync for folders.
        if (!OperatingSystem.IsWindows())
        {
            Flush(folder, $"The folder {folder}", Libc.Fsync);
        }
    }

    internal static void Flush(string folder, string what, Func<int, int> sync)
    {
        var handle = Libc.Open(folder, ReadOnly);
        if (handle < 0)
        {
            var reason = Marshal.GetLastPInvokeError();
            throw new IOException($"The folder {folder} cannot be opened to flush it (errno {reason}).", reason);
        }

        var result = sync(handle);
        var error = Marshal.GetLastPInvokeError();
        _ = Libc.Close(handle);
        if (result != 0)
        {
            throw new IOException($"{what} cannot be flushed (errno {error}).", error);
        }
    }
}
