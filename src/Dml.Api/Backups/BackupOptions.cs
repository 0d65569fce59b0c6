using System.ComponentModel.DataAnnotations;
using Dml.Api.Configuration;

namespace Dml.Api.Backups;

/// <summary>The section <c>Backup</c>.</summary>
[Section("Backup")]
internal sealed class BackupOptions
{
    /// <summary>Folder of the backups; a relative path starts from the data folder.</summary>
    public string Folder { get; set; } = "backups";

    /// <summary>How many of the newest backups are kept.</summary>
    [Range(1, 100_000)]
    public int Keep { get; set; } = 7;
}
