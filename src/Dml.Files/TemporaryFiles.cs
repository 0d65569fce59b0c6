using System.Text.RegularExpressions;

namespace Dml.Files;

/// <summary>Files and folders that are renamed once they are complete. A process that is killed leaves them behind.</summary>
public static partial class TemporaryFiles
{
    private const string Extension = ".tmp";
    private static readonly string OfThisProcess = $".{Guid.NewGuid():N}-";
    private static long _made;

    /// <summary>
    /// Deletes temporary files and folders that were last written before <paramref name="start"/> and are not of this process.
    /// </summary>
    /// <param name="start">When this process started, in UTC: later files may be those of another program that is running.</param>
    /// <param name="folders">Folders to look in, not including their subfolders. They need not exist.</param>
    public static void Remove(DateTime start, params ReadOnlySpan<string> folders)
    {
        foreach (var folder in folders)
        {
            var entries = Directory.Exists(folder) ? new DirectoryInfo(folder).GetFileSystemInfos("*" + Extension) : [];
            foreach (var entry in entries.Where(entry =>
                entry.LastWriteTimeUtc < start && AnyName().IsMatch(entry.Name) && !IsOurs(entry.Name)))
            {
                if (entry is DirectoryInfo temporary)
                {
                    temporary.Delete(recursive: true);
                }
                else
                {
                    entry.Delete();
                }
            }
        }
    }

    /// <summary>Whether this process made the name: it may be writing the file, whatever the clock says.</summary>
    public static bool IsOurs(string path) => Path.GetFileName(path).Contains(OfThisProcess, StringComparison.Ordinal);

    /// <summary>A new name beside <paramref name="path"/>.</summary>
    public static string NameFor(string path) => $"{path}{OfThisProcess}{Interlocked.Increment(ref _made):x}{Extension}";

    // Of any process, earlier versions' included. An embedder may be called x.tmp.
    [GeneratedRegex(@"\.[0-9a-f]{32}(-[0-9a-f]+)?\.tmp$")]
    private static partial Regex AnyName();
}
