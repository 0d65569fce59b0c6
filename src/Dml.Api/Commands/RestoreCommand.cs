using Dml.Api.Backups;

namespace Dml.Api.Commands;

/// <summary>Makes a data folder of a backup.</summary>
internal static class RestoreCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        var archive = Path.GetFullPath(call.Need("from", "the archive to restore"));
        using var cancellation = new Cancellation();
        var manifest = Restore.Run(archive, call.Settings.DataFolder, cancellation.Token);
        await Console.Error.WriteLineAsync(
            $"{call.Settings.DataFolder}: {manifest.Items} items, {manifest.Pictures} pictures, generation {manifest.Generation} of {manifest.Model}, as of {manifest.CreatedAt:u}.");
        return 0;
    }
}
