using System.Text.Json.Nodes;
using Dml.Api.Failures;
using Dml.Api.Jobs;
using Dml.Contracts;

namespace Dml.Api.Backups;

/// <summary>Runs backups as jobs, one at a time.</summary>
internal sealed class BackupStarter(Backup backup, BackupFolder folder, JobBoard jobs, ILogger<BackupStarter> log)
{
    // The manifest in the archive lists them all.
    private const int ListedLosses = 100;

    public Result<Job> Start()
    {
        using var reservation = jobs.TryReserve(JobKind.Backup);
        return reservation is null
            ? new Refusal(ProblemCode.BackupRunning, "One backup runs at a time. GET /jobs shows it; DELETE /jobs/{id} cancels it.")
            : reservation.Start("Writing a backup", RunAsync);
    }

    private async Task<JsonObject?> RunAsync(JobProgress progress, CancellationToken cancel)
    {
        folder.Sweep();
        var path = folder.NewPath();
        var manifest = await backup.WriteAsync(path, (done, total) => progress.Report(done, total), cancel);
        path = manifest.Lost.Count == 0 ? BackupFolder.MarkWhole(path) : path;
        folder.DropOld(Path.GetFileName(path));
        progress.Say(manifest.Lost.Count == 0
            ? $"Backup {Path.GetFileName(path)} is complete."
            : $"Backup {Path.GetFileName(path)} is complete but for what the disk has lost: {manifest.Losses}");
        if (manifest.Lost.Count > 0)
        {
            log.LogError("Backup {Name} lacks what the disk has lost: {Losses}", Path.GetFileName(path), manifest.Losses);
        }

        return new JsonObject
        {
            ["name"] = Path.GetFileName(path),
            ["bytes"] = new FileInfo(path).Length,
            ["items"] = manifest.Items,
            ["pictures"] = manifest.Pictures,
            ["generation"] = manifest.Generation,
            ["lost"] = new JsonArray([.. manifest.Lost.Take(ListedLosses).Select(picture => (JsonNode)new JsonObject
            {
                ["sha256"] = picture.Sha256,
                ["items"] = new JsonArray([.. picture.Items.Take(ListedLosses).Select(id => (JsonNode)id)]),
                ["problem"] = picture.Problem,
            })]),
            ["lostPictures"] = manifest.Lost.Count,
        };
    }
}
