using Dml.Api.Generations;

namespace Dml.Api.Rollouts;

/// <summary>
/// Gives requests precedence: a rollout starts no picture while a request is being answered, except now and then, so that
/// it completes on a service that is never idle.
/// </summary>
internal sealed class RolloutThrottle(GenerationRegistry generations)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    public async ValueTask YieldAsync(CancellationToken cancel)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (generations.Active is { Requests: > 0 } && TimeProvider.System.GetElapsedTime(begin) < LongestWait)
        {
            await Task.Delay(Look, cancel);
        }
    }
}
