namespace Dml.Api.Tests.Support;

/// <summary>The processes of this machine that train for a service.</summary>
internal static class TrainingProcesses
{
    /// <summary>Ids of those whose command line names this data folder.</summary>
    public static List<int> Of(string dataFolder)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                var line = File.ReadAllText(Path.Combine(folder, "cmdline"));
                if (line.Split('\0').Contains("nightly") && line.Contains(dataFolder, StringComparison.Ordinal))
                {
                    found.Add(int.Parse(Path.GetFileName(folder)));
                }
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return found;
    }
}
