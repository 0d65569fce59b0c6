using Dml.Api.Catalogue;
using Dml.Api.Jobs;
using Dml.Api.Rollouts;
using Dml.Contracts;

namespace Dml.Api.Retrains;

/// <summary>
/// Follows a candidate's rollout, whether this process started it or resumes one that an earlier process started. The
/// generations of the catalogue are the only record of it.
/// </summary>
internal sealed class CandidateRollout(RolloutStarter rollouts, SqliteCatalogue catalogue, JobBoard jobs)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Waits until a candidate's generation is decided, and starts its rollout if there is none. On cancellation it ends the
    /// rollout first.
    /// </summary>
    /// <returns>The generation: active, retired again, refused or failed.</returns>
    /// <exception cref="JobFailedException">The rollout cannot be started, or its end could not be recorded.</exception>
    public async Task<StoredGeneration> DecideAsync(
        string model, Action<long, long?> report, JobProgress progress, CancellationToken cancel)
    {
        while (true)
        {
            ThrowIfStopping(progress, cancel);
            var row = await FindAsync(model);
            if (row is { State: not GenerationState.Building })
            {
                return row;
            }

            var reserved = jobs.FindReserved(JobKind.Rollout);
            if (reserved is var (other, subject) && (row is null || subject != RolloutStarter.SubjectOf(row)))
            {
                // The rollout of another embedder, or a return to a generation that somebody asked for.
                await jobs.WaitAsync(other.Id, Timeout.InfiniteTimeSpan, cancel);
            }
            else if (reserved is var (rollout, _))
            {
                var ended = await FollowAsync(rollout, report, progress, cancel);
                ThrowIfStopping(progress, cancel);
                if (ended.HasEnded && await FindAsync(model) is { State: GenerationState.Building })
                {
                    throw new JobFailedException($"The rollout of {model} failed: {ended.Message}");
                }
            }
            else if (!await TryStartAsync(model, isNew: row is null, cancel))
            {
                // Another caller is about to start a rollout.
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    // When the service stops, the rollout stops too, and both are resumed at the next start.
    private void ThrowIfStopping(JobProgress progress, CancellationToken cancel)
    {
        if ((cancel.IsCancellationRequested || jobs.IsStopping) && !progress.CancelRequested)
        {
            throw new OperationCanceledException(cancel);
        }
    }

    private async Task<StoredGeneration?> FindAsync(string model) =>
        (await catalogue.Generations.AllAsync(CancellationToken.None)).LastOrDefault(known => known.Model == model);

    private async Task<Job> FollowAsync(Job rollout, Action<long, long?> report, JobProgress progress, CancellationToken cancel)
    {
        await foreach (var now in jobs.WatchAsync(rollout.Id, cancel))
        {
            report(now.Done, now.Total);
            rollout = now;
        }

        if (rollout.HasEnded || !progress.CancelRequested)
        {
            return rollout;
        }

        jobs.Cancel(rollout.Id);
        return await jobs.WaitAsync(rollout.Id, Timeout.InfiniteTimeSpan, CancellationToken.None);
    }

    private async Task<bool> TryStartAsync(string model, bool isNew, CancellationToken cancel)
    {
        if (!isNew)
        {
            return await rollouts.ResumeAsync(CancellationToken.None) is not null;
        }

        cancel.ThrowIfCancellationRequested();
        var started = await rollouts.StartAsync(model, new RolloutOrder(Unattended: true), cancel);
        if (!started.Succeeded && started.Refusal.Code != ProblemCode.RolloutRunning)
        {
            throw new JobFailedException($"The candidate cannot be rolled out: {started.Refusal.Detail}");
        }

        return started.Succeeded;
    }
}
