using System.Text.Json.Nodes;
using Dml.Api.Jobs;

namespace Dml.Api.Backups;

/// <summary>Runs backups as jobs, one at a time.</summary>
internal sealed class BackupStarter(Backup backup, BackupFolder folder, JobBoard jobs) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public void Dispose() => _turn.Dispose();

    /// <summary>The job; null while another backup runs.</summary>
    public Job? TryStart()
    {
        if (!_turn.Wait(0))
        {
            return null;
        }

        try
        {
            // The turn goes with the job and comes back at its end.
            return jobs.Start(JobKind.Backup, "Writing a backup", RunAsync);
        }
        catch
        {
            _turn.Release();
            throw;
        }
    }

    private async Task<JsonObject?> RunAsync(JobProgress progress, CancellationToken cancel)
    {
        try
        {
            folder.Sweep();
            var path = folder.NewPath();
            var manifest = await backup.WriteAsync(path, (done, total) => progress.Report(done, total), cancel);
            folder.DropOld();
            progress.Say($"Backup {Path.GetFileName(path)} is written.");
            return new JsonObject
            {
                ["name"] = Path.GetFileName(path),
                ["bytes"] = new FileInfo(path).Length,
                ["items"] = manifest.Items,
                ["pictures"] = manifest.Pictures,
                ["generation"] = manifest.Generation,
            };
        }
        finally
        {
            _turn.Release();
        }
    }
}
