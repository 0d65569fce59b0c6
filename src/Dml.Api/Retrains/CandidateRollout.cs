using Dml.Api.Catalogue;
using Dml.Api.Http;
using Dml.Api.Jobs;
using Dml.Api.Rollouts;

namespace Dml.Api.Retrains;

/// <summary>
/// A candidate's rollout, whoever began it: this process, or one that was killed and whose rollout goes on by itself. The generations'
/// history is the only truth about it.
/// </summary>
internal sealed class CandidateRollout(RolloutStarter rollouts, ICatalogue catalogue, JobBoard jobs)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for a candidate's generation to be decided; starts its rollout when there is none. Cancelled, the rollout ends first.</summary>
    /// <returns>The generation: active, retired again, refused or failed.</returns>
    /// <exception cref="JobFailedException">The rollout cannot be started.</exception>
    public async Task<StoredGeneration> DecideAsync(string model, Action<long, long?> report, JobProgress progress, CancellationToken cancel)
    {
        var isCancelled = false;
        while (true)
        {
            var row = (await catalogue.GenerationsAsync(CancellationToken.None)).LastOrDefault(known => known.Model == model);
            if (row is { State: not GenerationState.Building })
            {
                return row;
            }

            if (row is null)
            {
                await StartAsync(model, cancel);
                continue;
            }

            if (jobs.All.FirstOrDefault(job => job is { Kind: JobKind.Rollout, State: JobState.Running }) is { } rollout)
            {
                report(rollout.Done, rollout.Total);
                if (progress.CancelRequested && !isCancelled)
                {
                    isCancelled = true;
                    jobs.Cancel(rollout.Id);
                }
            }
            // When the service stops, the rollout does too, and both go on at the next start.
            if (cancel.IsCancellationRequested && !progress.CancelRequested)
            {
                cancel.ThrowIfCancellationRequested();
            }

            await Task.Delay(Look, CancellationToken.None);
        }
    }

    private async Task StartAsync(string model, CancellationToken cancel)
    {
        while (true)
        {
            var (job, problem) = await rollouts.StartAsync(model, cancel);
            if (job is not null)
            {
                return;
            }

            var details = problem!.ProblemDetails;
            if (!Equals(details.Extensions["code"], ProblemCode.RolloutRunning.Code))
            {
                throw new JobFailedException($"The candidate cannot be rolled out: {details.Detail}");
            }
            // Somebody else's: it ends.
            await Task.Delay(Look, cancel);
        }
    }
}
