using System.CommandLine;
using Dml.Api.Audit;
using Dml.Api.Backups;
using Dml.Api.Configuration;
using Microsoft.Extensions.Options;

namespace Dml.Api.Commands;

/// <summary><c>backup</c>: writes a backup of a data folder that no service has open.</summary>
internal static class BackupCommand
{
    public static Command Create(Func<WebApplication> open)
    {
        var command = new Command("backup", "Write a backup of a stopped service's data folder.");
        var to = command.Need("--to", "the archive to write");
        command.SetAction(async (parsed, cancel) =>
        {
            await using var service = open();
            return await RunAsync(Path.GetFullPath(parsed.GetValue(to)!), service.Services, cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(string path, IServiceProvider services, CancellationToken cancel)
    {
        var folder = services.GetRequiredService<IOptions<DataOptions>>().Value.Folder;
        if (!File.Exists(Path.Combine(folder, BackupPaths.Catalogue)))
        {
            throw new SettingsException($"There is no catalogue in {folder} (Data:Folder).");
        }

        var manifest = await Open(services).WriteAsync(path, (_, _) => { }, cancel);
        services.GetRequiredService<AuditLog>().WriteAtOnce(
            new AuditEntry("backup.create", AuditOutcome.Done) { Target = Path.GetFileName(path) });
        await Console.Error.WriteLineAsync(
            $"{path}: {manifest.Items} items, {manifest.Pictures} pictures, {new FileInfo(path).Length} bytes. {manifest.Losses}"
                .TrimEnd());
        return 0;
    }

    private static Backup Open(IServiceProvider services)
    {
        try
        {
            return services.GetRequiredService<Backup>();
        }
        catch (SettingsException exception)
        {
            throw new SettingsException($"{exception.Message} A running service writes its backups itself: POST /backups.");
        }
    }
}
