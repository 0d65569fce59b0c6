using System.Text.Json.Nodes;
using Dml.Contracts;

namespace Dml.Api.Jobs;

/// <summary>
/// The right to run the only job of a kind (<see cref="JobBoard.TryReserve"/>). It ends with the job that it started, or
/// when it is disposed of without having started one.
/// </summary>
internal sealed class JobReservation(JobBoard board, JobKind kind) : IDisposable
{
    private volatile string? _jobId;
    private volatile string? _subject;

    /// <summary>Id of the job; null until it has been started.</summary>
    public string? JobId => _jobId;

    /// <summary>What the job works on, for those who look for it (<see cref="JobBoard.FindReserved"/>); null if nobody does.</summary>
    public string? Subject => _subject;

    /// <summary>Starts the job; call it at most once.</summary>
    public Job Start(string message, Func<JobProgress, CancellationToken, Task<JsonObject?>> work, string? subject = null)
    {
        _subject = subject;
        var job = board.Start(kind, message, async (progress, cancel) =>
        {
            try
            {
                return await work(progress, cancel);
            }
            finally
            {
                board.Release(kind);
            }
        });
        _jobId = job.Id;
        return job;
    }

    public void Dispose()
    {
        if (_jobId is null)
        {
            board.Release(kind);
        }
    }
}
