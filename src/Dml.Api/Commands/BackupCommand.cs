using Dml.Api.Backups;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Embedding;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dml.Api.Commands;

/// <summary>Writes a backup of a data folder that no service has open.</summary>
internal static class BackupCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        var path = Path.GetFullPath(call.Need("to", "the archive to write"));
        if (!File.Exists(Path.Combine(call.Settings.DataFolder, BackupPaths.Catalogue)))
        {
            throw new SettingsException($"There is no catalogue in {call.Settings.DataFolder} (Data:Folder).");
        }

        using var cancellation = new Cancellation();
        await using var catalogue = Open(call.Settings);
        var manifest = await new Backup(catalogue, new EmbedderStore(call.Settings, new EmbeddingCache(0))).WriteAsync(path, (_, _) => { }, cancellation.Token);
        await Console.Error.WriteLineAsync($"{path}: {manifest.Items} items, {manifest.Pictures} pictures, {new FileInfo(path).Length} bytes.");
        return 0;
    }

    private static SqliteCatalogue Open(Settings settings)
    {
        try
        {
            return new SqliteCatalogue(settings, NullLogger<SqliteCatalogue>.Instance);
        }
        catch (SettingsException exception)
        {
            throw new SettingsException($"{exception.Message} A running service writes its backups itself: POST /backups.");
        }
    }
}
