using System.Runtime.InteropServices;

namespace Dml.Files;

/// <summary>Makes changes to folders durable, which flushing a file does not do.</summary>
/// <remarks>.NET cannot open a folder, so the C library does. On Windows, the file system's journal keeps renames.</remarks>
public static class FolderFlush
{
    private const int ReadOnly = 0;

    /// <summary>Tells tests which folders have been flushed. Nothing in a program sets it.</summary>
    internal static Action<string>? Flushed { get; set; }

    /// <summary>Makes files that were created, renamed or deleted in <paramref name="folder"/> durable, but not their contents.</summary>
    /// <exception cref="IOException">The folder cannot be opened or flushed.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Flush(folder, $"The folder {folder}", Libc.Fsync);
        Flushed?.Invoke(folder);
    }

    /// <summary>Makes every file and folder below <paramref name="folder"/> durable, with their contents.</summary>
    /// <exception cref="IOException">The folder or a file in it cannot be opened or flushed.</exception>
    public static void FlushTree(string folder)
    {
        if (OperatingSystem.IsLinux())
        {
            // One call for the whole file system instead of one for each of a million files.
            Flush(folder, $"The file system of {folder}", Libc.Syncfs);
        }
        else
        {
            FlushEach(folder);
        }
    }

    /// <summary><see cref="FlushTree"/> for systems that cannot flush a whole file system.</summary>
    internal static void FlushEach(string folder)
    {
        var below = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var path in Directory.EnumerateFiles(folder, "*", below))
        {
            // Windows flushes only what is open for writing.
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(file);
        }

        foreach (var path in Directory.EnumerateDirectories(folder, "*", below))
        {
            Flush(path);
        }

        Flush(folder);
    }

    private static void Flush(string folder, string what, Func<int, int> sync)
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
