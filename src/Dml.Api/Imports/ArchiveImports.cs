using Dml.Api.Generations;
using Dml.Api.Jobs;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Contracts;

namespace Dml.Api.Imports;

/// <summary>
/// Runs the imports of uploaded archives. An import that the end of the process interrupted is resumed at the next start.
/// </summary>
internal sealed class ArchiveImports(
    ImportUpload uploads, Import import, JobBoard jobs, GenerationRegistry generations, KeyRing keys, Accounts accounts,
    ILogger<ArchiveImports> log) : BackgroundService
{
    /// <summary>Starts the import of a kept archive; the archive is deleted when the job ends.</summary>
    public Job Start(string path, string message, Account account) => jobs.Start(JobKind.Import, message, async (progress, cancel) =>
    {
        var isStopping = false;
        try
        {
            using var source = uploads.Open(path) ?? throw new JobFailedException("The file is no longer a zip or tar archive.");
            return await import.RunAsync(source, account, progress, cancel);
        }
        catch (OperationCanceledException) when (!progress.CancelRequested)
        {
            isStopping = true;
            throw;
        }
        finally
        {
            if (!isStopping)
            {
                File.Delete(path);
            }
        }
    }, account.Caller);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        // Without an embedder every picture would be refused; the next start may have one.
        foreach (var path in generations.Active is null ? [] : uploads.LeftOver)
        {
            try
            {
                if (uploads.StartAgain(path) is { } archive)
                {
                    Start(archive, "Resuming the import of an archive", accounts.Of(keys.FindByHash(ImportUpload.KeyOf(archive))));
                }
                else
                {
                    // As a job, so that callers who wait for the import learn how it ended.
                    jobs.Start(JobKind.Import, "Giving up on the import of an archive", (_, _) =>
                        throw new JobFailedException(
                            $"Gave up: the service stopped {ImportUpload.MostStarts} times during this import. Some of the pictures "
                            + $"may be missing."
                        ));
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                log.LogError(exception, "The import of {Path} cannot be resumed; the next start tries again", path);
            }
        }
    }
}
