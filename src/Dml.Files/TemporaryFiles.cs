namespace Dml.Files;

/// <summary>Files and folders that a killed process did not get to rename.</summary>
public static class TemporaryFiles
{
    /// <summary>Removes what ends in <c>.tmp</c> in these folders and was last written before <paramref name="start"/>.</summary>
    public static void Remove(DateTime start, params ReadOnlySpan<string> folders)
    {
        foreach (var folder in folders)
        {
            var entries = Directory.Exists(folder) ? new DirectoryInfo(folder).GetFileSystemInfos("*.tmp") : [];
            foreach (var entry in entries.Where(entry => entry.LastWriteTimeUtc < start))
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
}
