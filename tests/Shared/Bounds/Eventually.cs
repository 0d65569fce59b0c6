namespace Dml.Tests.Shared;

/// <summary>Waits for what comes by itself, with a bound: what never comes fails the test instead of hanging it.</summary>
internal static class Eventually
{
    /// <summary>Enough on a machine that is busy with other tests.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Looks until <paramref name="isEnough"/> holds, and gives what was seen then.</summary>
    /// <exception cref="TimeoutException">It did not hold in time; with what was seen last.</exception>
    public static async Task<T> SeeAsync<T>(
        Func<Task<T>> look, Func<T, bool> isEnough, string what, CancellationToken cancel, TimeSpan? within = null)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (isEnough(seen))
            {
                return seen;
            }

            if (TimeProvider.System.GetElapsedTime(begin) > (within ?? Patience))
            {
                throw new TimeoutException($"Not within {within ?? Patience}: {what}. Last seen: {seen}");
            }

            await Task.Delay(Pause, cancel);
        }
    }

    /// <summary>Looks until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold in time.</exception>
    public static Task BeAsync(Func<bool> condition, string what, CancellationToken cancel, TimeSpan? within = null) =>
        SeeAsync(() => Task.FromResult(condition()), holds => holds, what, cancel, within);
}
