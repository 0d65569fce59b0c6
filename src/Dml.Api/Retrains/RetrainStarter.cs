using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Jobs;
using Dml.Contracts;

namespace Dml.Api.Retrains;

/// <summary>Starts retrains, one at a time, and resumes a retrain that a crash or a stop interrupted.</summary>
internal sealed class RetrainStarter(
    Retrain retrain, RetrainFiles files, TrainingProgram program, GenerationRegistry generations, JobBoard jobs, TimeProvider clock)
{
    public Result<Job> Start()
    {
        if (generations.Active is null)
        {
            return generations.Refusal;
        }

        if (program.Find() is null)
        {
            return new Refusal(ProblemCode.NoTrainer, program.Missing);
        }

        using var reservation = jobs.TryReserve(JobKind.Retrain);
        return reservation is null
            ? new Refusal(ProblemCode.RetrainRunning, "One retrain runs at a time. GET /jobs shows it; DELETE /jobs/{id} cancels it.")
            : Begin(
                reservation, RetrainState.New(clock.GetUtcNow(), files.All.Select(state => state.Id)), "Starting retrain {0}");
    }

    /// <summary>After the start: recalls whether the last retrain failed, and resumes the one that has not ended, if any.</summary>
    public void Resume()
    {
        var known = files.All;
        retrain.Note(known.FirstOrDefault(state => state.Outcome is not (null or RetrainOutcome.Cancelled))?.Outcome);
        if (generations.Active is not null && known.FirstOrDefault(state => state.Step != RetrainStep.Ended) is { } state)
        {
            using var reservation = jobs.TryReserve(JobKind.Retrain);
            if (reservation is not null)
            {
                Begin(reservation, state, "Resuming retrain {0}");
            }
        }
    }

    private Job Begin(JobReservation reservation, RetrainState state, string message)
    {
        files.Save(state);
        return reservation.Start(string.Format(null, message, state.Id), (progress, cancel) => retrain.RunAsync(state, progress, cancel));
    }
}
