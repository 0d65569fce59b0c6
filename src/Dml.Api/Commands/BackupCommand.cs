using System.CommandLine;
using Dml.Api.Backups;
using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Api.Models;
using Dml.Embedding;
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
        var data = services.GetRequiredService<IOptions<DataOptions>>();
        if (!File.Exists(Path.Combine(data.Value.Folder, BackupPaths.Catalogue)))
        {
            throw new SettingsException($"There is no catalogue in {data.Value.Folder} (Data:Folder).");
        }

        await using var catalogue = Open(data, services.GetRequiredService<ILogger<SqliteCatalogue>>());
        var embedders = ActivatorUtilities.CreateInstance<EmbedderStore>(services, new EmbeddingCache(0));
        var manifest = await new Backup(catalogue, embedders).WriteAsync(path, (_, _) => { }, cancel);
        await Console.Error.WriteLineAsync(
            $"{path}: {manifest.Items} items, {manifest.Pictures} pictures, {new FileInfo(path).Length} bytes.");
        return 0;
    }

    private static SqliteCatalogue Open(IOptions<DataOptions> data, ILogger<SqliteCatalogue> log)
    {
        try
        {
            return new SqliteCatalogue(data, log);
        }
        catch (SettingsException exception)
        {
            throw new SettingsException($"{exception.Message} A running service writes its backups itself: POST /backups.");
        }
    }
}
