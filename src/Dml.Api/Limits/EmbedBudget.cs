namespace Dml.Api.Limits;

/// <summary>
/// The seconds of decoding and embedding that a key has left. They come back evenly, up to those of a minute. Work that is under way may
/// overdraw them: how long a picture takes is known at its end.
/// </summary>
/// <param name="seconds">Seconds of work in a minute.</param>
/// <param name="clock">Measures the time that passes.</param>
internal sealed class EmbedBudget(double seconds, TimeProvider clock)
{
    private const double SecondsOfAMinute = 60;
    private const double LongestWait = 24 * 60 * 60;
    private readonly Lock _lock = new();
    private double _spent;
    private long _at;

    /// <summary>Seconds of work in a minute.</summary>
    public double Seconds => seconds;

    /// <summary>How long it takes until there is something left; zero when there is.</summary>
    public TimeSpan Wait
    {
        get
        {
            lock (_lock)
            {
                Refill();
                return _spent < seconds
                    ? TimeSpan.Zero
                    : TimeSpan.FromSeconds(Math.Min(LongestWait, ((_spent - seconds) * SecondsOfAMinute / seconds) + 0.01));
            }
        }
    }

    public void Spend(double milliseconds)
    {
        lock (_lock)
        {
            Refill();
            _spent += milliseconds / 1000;
        }
    }

    /// <summary>Waits until there is something left.</summary>
    public async Task WaitAsync(CancellationToken cancel)
    {
        while (Wait is { Ticks: > 0 } wait)
        {
            await Task.Delay(wait, clock, cancel);
        }
    }

    private void Refill()
    {
        var now = clock.GetTimestamp();
        _spent = Math.Max(0, _spent - (clock.GetElapsedTime(_at, now).TotalSeconds * seconds / SecondsOfAMinute));
        _at = now;
    }
}
