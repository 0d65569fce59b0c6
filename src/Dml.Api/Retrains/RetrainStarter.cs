using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Retrains;

/// <summary>Starts retrains, one at a time, and goes on with the one that a crash or a stop left.</summary>
internal sealed class RetrainStarter(Retrain retrain, RetrainFiles files, TrainingProgram program, GenerationRegistry generations, JobBoard jobs) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public void Dispose() => _turn.Dispose();

    /// <summary>Starts a retrain; exactly one of job and problem is set.</summary>
    public (Job? Job, ProblemHttpResult? Problem) Start()
    {
        if (generations.Active is null)
        {
            return (null, ProblemCode.NoGeneration.With(generations.Problem));
        }

        if (program.Find() is null)
        {
            return (null, ProblemCode.NoTrainer.With(program.Missing));
        }

        if (!_turn.Wait(0, CancellationToken.None))
        {
            return (null, ProblemCode.RetrainRunning.With("One retrain runs at a time. GET /jobs shows it; DELETE /jobs/{id} cancels it."));
        }

        return (Begin(RetrainState.New(), "Retrain {0} begins"), null);
    }

    /// <summary>Goes on with what is not at its end.</summary>
    public void Resume()
    {
        if (files.All.FirstOrDefault(state => state.Step != RetrainStep.Ended) is { } state && _turn.Wait(0, CancellationToken.None))
        {
            Begin(state, "Going on with the retrain {0}");
        }
    }

    // The turn goes with the job and comes back at its end.
    private Job Begin(RetrainState state, string message)
    {
        try
        {
            files.Save(state);
            return jobs.Start(JobKind.Retrain, string.Format(null, message, state.Id), async (progress, cancel) =>
            {
                try
                {
                    return await retrain.RunAsync(state, progress, cancel);
                }
                finally
                {
                    _turn.Release();
                }
            });
        }
        catch
        {
            _turn.Release();
            throw;
        }
    }
}
