using System.Text.RegularExpressions;

namespace Dml.Files;

/// <summary>Files and folders that are renamed once they are complete. A process that is killed leaves them behind.</summary>
public static partial class TemporaryFiles
{
    private const string Extension = ".tmp";

    /// <summary>Deletes temporary files and folders that were last written before <paramref name="start"/>.</summary>
    /// <param name="start">When this process started, in UTC: later files are its own.</param>
    /// <param name="folders">Folders to look in, not including their subfolders. They need not exist.</param>
    public static void Remove(DateTime start, params ReadOnlySpan<string> folders)
    {
        foreach (var folder in folders)
        {
            var entries = Directory.Exists(folder) ? new DirectoryInfo(folder).GetFileSystemInfos("*" + Extension) : [];
            foreach (var entry in entries.Where(entry => entry.LastWriteTimeUtc < start && OwnName().IsMatch(entry.Name)))
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

    /// <summary>A new name beside <paramref name="path"/>.</summary>
    internal static string NameFor(string path) => $"{path}.{Guid.NewGuid():N}{Extension}";

    // An embedder may be called x.tmp.
    [GeneratedRegex(@"\.[0-9a-f]{32}\.tmp$")]
    private static partial Regex OwnName();
}
