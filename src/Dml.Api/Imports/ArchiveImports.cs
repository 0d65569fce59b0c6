using Dml.Api.Generations;
using Dml.Api.Jobs;

namespace Dml.Api.Imports;

/// <summary>Runs the imports of uploaded archives; one that the end of the process interrupted goes on at the next start.</summary>
internal sealed class ArchiveImports(
    ImportUpload uploads, Import import, JobBoard jobs, GenerationRegistry generations, ILogger<ArchiveImports> log) : BackgroundService
{
    /// <summary>Starts the import of an archive that has been kept; the archive goes with the end of the job.</summary>
    public Job Start(string path, string message) => jobs.Start(JobKind.Import, message, async (progress, cancel) =>
    {
        var isStopping = false;
        try
        {
            var source = uploads.Open(path) ?? throw new JobFailedException("The archive is neither zip nor tar any more.");
            return await import.RunAsync(source, progress, cancel);
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
    });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        // Without an embedder every picture would be refused; a later start may have one.
        foreach (var path in generations.Active is null ? [] : uploads.LeftOver)
        {
            try
            {
                if (uploads.BeginAgain(path) is { } archive)
                {
                    Start(archive, "Going on with the import of an archive");
                }
                else
                {
                    // A job, so that those who wait for the import read of its end.
                    jobs.Start(JobKind.Import, "Giving up the import of an archive", (_, _) => throw new JobFailedException(
                        $"{ImportUpload.MostBeginnings} times the service ended while it imported this archive: it is given up. Some of its pictures may be missing."));
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                log.LogError("The import of {Path} cannot go on: {Problem}", path, exception.Message);
            }
        }
    }
}
