namespace Dml.Api.Backups;

/// <summary>Where backups lie and how many.</summary>
internal sealed record BackupSettings
{
    /// <summary>Folder of the backups.</summary>
    public required string Folder { get; init; }

    /// <summary>Newest backups that are kept, at least 1.</summary>
    public required int Keep { get; init; }

    /// <exception cref="SettingsException">A value is outside its range.</exception>
    public static BackupSettings Read(IConfiguration configuration, string dataFolder) => new()
    {
        Folder = Settings.Folder(configuration["Backup:Folder"] is { Length: > 0 } folder ? folder : "backups", dataFolder),
        Keep = (int)Settings.Number(configuration, "Backup:Keep", 7, 1, 100_000),
    };
}
