using System.Globalization;
using System.Text.RegularExpressions;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Backups;

/// <summary>The folder of the backups, which are named by their time in UTC: <c>dml-20260131-120000-000.tar</c>.</summary>
internal sealed partial class BackupFolder(IOptions<BackupOptions> options)
{
    /// <summary>All of them, newest first.</summary>
    public IReadOnlyList<BackupResponse> All =>
        !Directory.Exists(options.Value.Folder)
            ? []
            : [.. new DirectoryInfo(options.Value.Folder).EnumerateFiles("dml-*.tar")
                .Where(file => Name().IsMatch(file.Name))
                .OrderByDescending(file => file.Name, StringComparer.Ordinal)
                .Select(file => new BackupResponse(file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc)))];

    public string NewPath() => Path.Combine(
        options.Value.Folder, $"dml-{DateTime.UtcNow.ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture)}.tar");

    /// <summary>The path of a backup, or null when it does not exist.</summary>
    public string? Find(string name)
    {
        var path = Path.Combine(options.Value.Folder, name);
        return Name().IsMatch(name) && File.Exists(path) ? path : null;
    }

    /// <summary>Deletes all but the newest backups, of which the configured number is kept.</summary>
    public void DropOld()
    {
        foreach (var old in All.Skip(options.Value.Keep))
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

    [GeneratedRegex(@"^dml-\d{8}-\d{6}-\d{3}\.tar\z")]
    private static partial Regex Name();
}
