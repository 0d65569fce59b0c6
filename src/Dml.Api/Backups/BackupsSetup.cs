using Dml.Api.Configuration;
using Microsoft.Extensions.Options;

namespace Dml.Api.Backups;

/// <summary>Registers the backups.</summary>
internal static class BackupsSetup
{
    public static void AddBackups(this IServiceCollection services)
    {
        services.AddSettings<BackupOptions>().PostConfigure<IOptions<DataOptions>>((backup, data) =>
            backup.Folder = Path.GetFullPath(backup.Folder, data.Value.Folder));
        services.AddSingleton<Backup>();
        services.AddSingleton<BackupFolder>();
        services.AddSingleton<BackupStarter>();
    }
}
