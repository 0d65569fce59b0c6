using System.Globalization;

namespace Dml.Benchmarks.Abuse;

/// <summary>A control group of Linux whose processes together have a limit of memory. It needs root.</summary>
internal sealed class MemoryCgroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";

    private readonly string _folder;
    private readonly bool _isFirstVersion;

    private MemoryCgroup(string folder, bool isFirstVersion) => (_folder, _isFirstVersion) = (folder, isFirstVersion);

    /// <summary>Processes of the group that the kernel has killed because they had no memory left.</summary>
    public long Kills => ReadCounter(_isFirstVersion ? "memory.oom_control" : "memory.events", "oom_kill");

    /// <summary>The words before a command that put it into the group.</summary>
    public IReadOnlyList<string> Join => ["sh", "-c", $"echo $$ > {_folder}/cgroup.procs && exec \"$@\"", "sh"];

    /// <summary>Makes a group; null where that is not possible.</summary>
    public static MemoryCgroup? TryCreate(long bytes)
    {
        var isFirstVersion = Directory.Exists($"{Root}/memory");
        var folder = $"{Root}{(isFirstVersion ? "/memory" : "")}/dml-abuse-{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(
                $"{folder}/{(isFirstVersion ? "memory.limit_in_bytes" : "memory.max")}", bytes.ToString(CultureInfo.InvariantCulture));
            return new MemoryCgroup(folder, isFirstVersion);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        // Its last process has ended, but the kernel may still be at work on it.
        for (var attempt = 0; attempt < 50 && Directory.Exists(_folder); attempt++)
        {
            try
            {
                Directory.Delete(_folder);
            }
            catch (IOException)
            {
                Thread.Sleep(100);
            }
        }
    }

    private long ReadCounter(string file, string name) => File.ReadLines($"{_folder}/{file}")
        .Select(line => line.Split(' '))
        .Where(words => words[0] == name)
        .Select(words => long.Parse(words[1], CultureInfo.InvariantCulture))
        .FirstOrDefault();
}
