using Dml.Api.Failures;
using Dml.Api.Generations;
using Microsoft.Extensions.Options;

namespace Dml.Api.Retrains;

/// <summary>
/// Resumes an unfinished retrain after the start, and starts one at each scheduled time. A night that cannot start, on a full disk for
/// example, is reported, and the next one is tried.
/// </summary>
internal sealed class RetrainClock(
    RetrainStarter starter,
    IOptions<RetrainOptions> options,
    GenerationRegistry generations,
    KnownProblems problems,
    TimeProvider clock,
    ILogger<RetrainClock> log) : BackgroundService
{
    // Short enough to follow a clock that is set.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        Try(starter.Resume, "The interrupted retrain could not be resumed");
        if (options.Value.Schedule is not { } cron)
        {
            return;
        }

        var nights = new NightSchedule(cron, clock);
        while (nights.Next is { } next)
        {
            var left = next - clock.GetUtcNow();
            await Task.Delay(left > LongestWait ? LongestWait : left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, stoppingToken);
            if (nights.Begins())
            {
                Try(Begin, "The retrain of last night could not be started");
            }
        }
    }

    private void Begin()
    {
        if (starter.Start().Refusal is { } refusal)
        {
            log.LogWarning("No retrain tonight: {Problem}", refusal.Detail);
        }
    }

    // Catches everything: a retrain that cannot start must not stop the service.
    private void Try(Action start, string problem)
    {
        try
        {
            start();
        }
        catch (OperationCanceledException)
        {
            // The service is stopping.
        }
        catch (Exception exception)
        {
            log.LogError(exception, "{Problem}; the next one is tried at its time", problem);
            problems.Report(KnownProblems.Night, $"{problem}; the log has the cause.");
        }
    }
}
