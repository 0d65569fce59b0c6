using System.Text.RegularExpressions;
using Dml.Contracts;
using Dml.Files;
using Microsoft.Extensions.Options;

namespace Dml.Api.Backups;

/// <summary>
/// The folder of the backups, which are named by their time in UTC: <c>dml-20260131-120000-000.tar</c>, and
/// <c>dml-20260131-120000-000-partial.tar</c> where pictures are lost.
/// </summary>
internal sealed partial class BackupFolder(IOptions<BackupOptions> options, TimeProvider time)
{
    private const string Prefix = "dml-";
    private const string Ending = ".tar";
    private const string Partial = "-partial";

    /// <summary>All of them, newest first.</summary>
    public IReadOnlyList<BackupResponse> All =>
        !Directory.Exists(options.Value.Folder)
            ? []
            : [.. new DirectoryInfo(options.Value.Folder).EnumerateFiles("dml-*.tar")
                .Where(file => Name().IsMatch(file.Name))
                .OrderByDescending(file => file.Name, StringComparer.Ordinal)
                .Select(file => new BackupResponse(file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc)))];

    /// <summary>
    /// The path of a new backup, which counts as partial until <see cref="MarkWhole"/>. Its name comes after all others, also where the
    /// clock has been set back: otherwise the oldest name would be the newest backup, and be deleted first.
    /// </summary>
    public string NewPath()
    {
        var name = TimeName.Next(time.GetUtcNow(), All.Select(backup => Name().Match(backup.Name).Groups["time"].Value));
        return Path.Combine(options.Value.Folder, $"{Prefix}{name}{Partial}{Ending}");
    }

    /// <summary>Gives a new backup that lacks nothing its name. Returns its path.</summary>
    public static string MarkWhole(string path)
    {
        var whole = path[..^(Partial.Length + Ending.Length)] + Ending;
        File.Move(path, whole);
        FolderFlush.Flush(Path.GetDirectoryName(whole)!);
        return whole;
    }

    /// <summary>The path of a backup, or null when it does not exist.</summary>
    public string? Find(string name)
    {
        var path = Path.Combine(options.Value.Folder, name);
        return Name().IsMatch(name) && File.Exists(path) ? path : null;
    }

    /// <summary>
    /// Deletes all but the newest backups; with the one that was just made, the configured number is kept. The newest one that lacks no
    /// picture always is, however many partial ones came after it and however few are kept.
    /// </summary>
    public void DropOld(string made)
    {
        var whole = IsPartial(made) ? All.FirstOrDefault(backup => !IsPartial(backup.Name))?.Name : null;
        var more = options.Value.Keep - (whole is null ? 1 : 2);
        foreach (var old in All.Where(backup => backup.Name != made && backup.Name != whole).Skip(Math.Max(0, more)))
        {
            File.Delete(Path.Combine(options.Value.Folder, old.Name));
        }
    }

    /// <summary>Deletes incomplete files of a killed process. Only one backup runs at a time, so no other is writing them.</summary>
    public void Sweep()
    {
        Directory.CreateDirectory(options.Value.Folder);
        foreach (var path in Directory.EnumerateFiles(options.Value.Folder, "dml-*.tmp"))
        {
            File.Delete(path);
        }
    }

    private static bool IsPartial(string name) => name.EndsWith(Partial + Ending, StringComparison.Ordinal);

    [GeneratedRegex(@"^dml-(?<time>\d{8}-\d{6}-\d{3})(-partial)?\.tar\z")]
    private static partial Regex Name();
}
