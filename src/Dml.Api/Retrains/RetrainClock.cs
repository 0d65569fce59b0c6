using Dml.Api.Generations;
using Microsoft.Extensions.Options;

namespace Dml.Api.Retrains;

/// <summary>Resumes an unfinished retrain after the start, and starts one at each scheduled time.</summary>
internal sealed class RetrainClock(
    RetrainStarter starter,
    IOptions<RetrainOptions> options,
    GenerationRegistry generations,
    TimeProvider clock,
    ILogger<RetrainClock> log) : BackgroundService
{
    // Short enough to follow a clock that is adjusted.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        if (generations.Active is not null)
        {
            starter.Resume();
        }

        while (options.Value.Schedule?.GetNextValidTimeAfter(clock.GetUtcNow()) is { } next)
        {
            while (clock.GetUtcNow() < next)
            {
                var left = next - clock.GetUtcNow();
                await Task.Delay(left < LongestWait ? left : LongestWait, clock, stoppingToken);
            }

            if (starter.Start().Refusal is { } refusal)
            {
                log.LogWarning("No retrain tonight: {Problem}", refusal.Detail);
            }
        }
    }
}
