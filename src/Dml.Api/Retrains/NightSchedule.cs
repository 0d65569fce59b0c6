using Quartz;

namespace Dml.Api.Retrains;

/// <summary>
/// When a night begins, by a clock that somebody may set. Each night begins once: at its time, or as soon as the clock has been set past
/// it; and not again where the clock has been set back and comes to the same time a second time.
/// </summary>
internal sealed class NightSchedule
{
    private readonly CronExpression _cron;
    private readonly TimeProvider _clock;
    private DateTimeOffset _looked;
    private DateTimeOffset? _begun;
    private long _begunAt;

    public NightSchedule(CronExpression cron, TimeProvider clock)
    {
        (_cron, _clock) = (cron, clock);
        _looked = clock.GetUtcNow();
        Next = cron.GetNextValidTimeAfter(_looked);
    }

    /// <summary>The time of the next night; null when there is none.</summary>
    public DateTimeOffset? Next { get; private set; }

    /// <summary>Whether a night begins now: true once for each. To be asked every minute, so that a clock that is set is noticed.</summary>
    public bool Begins()
    {
        var now = _clock.GetUtcNow();
        if (now < _looked)
        {
            // What the clock called the next night while it was ahead may be weeks away.
            Next = _cron.GetNextValidTimeAfter(now);
        }

        _looked = now;
        if (Next is not { } night || now < night)
        {
            return false;
        }

        Next = _cron.GetNextValidTimeAfter(now);
        if (HasBegun(night))
        {
            return false;
        }

        (_begun, _begunAt) = (night, _clock.GetTimestamp());
        return true;
    }

    // A time that has been before is the same night, unless so much time has really passed that it must be another one: then the clock
    // was ahead when the last night began.
    private bool HasBegun(DateTimeOffset night) => night <= _begun
        && _cron.GetNextValidTimeAfter(night) is { } following
        && _clock.GetElapsedTime(_begunAt) < (following - night) / 2;
}
