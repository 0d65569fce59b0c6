using System.CommandLine;
using Dml.Api.Audit;
using Dml.Api.Backups;
using Dml.Api.Configuration;
using Microsoft.Extensions.Options;

namespace Dml.Api.Commands;

/// <summary><c>restore</c>: unpacks a backup into an empty data folder.</summary>
internal static class RestoreCommand
{
    public static Command Create(Func<WebApplication> open)
    {
        var command = new Command("restore", "Restore a backup into an empty data folder.");
        var from = command.Need("--from", "the archive to restore");
        command.SetAction(async (parsed, cancel) =>
        {
            await using var service = open();
            var folder = service.Services.GetRequiredService<IOptions<DataOptions>>().Value.Folder;
            var manifest = Restore.Run(Path.GetFullPath(parsed.GetValue(from)!), folder, cancel);
            service.Services.GetRequiredService<AuditLog>().WriteAtOnce(
                new AuditEntry("restore", AuditOutcome.Done) { Target = Path.GetFileName(parsed.GetValue(from)!) });
            await Console.Error.WriteLineAsync(
                $"{folder}: {manifest.Items} items, {manifest.Pictures} pictures, generation {manifest.Generation} of {manifest.Model}, " +
                $"as of {manifest.CreatedAt:u}. {manifest.Losses}".TrimEnd());
            return 0;
        });
        return command;
    }
}
