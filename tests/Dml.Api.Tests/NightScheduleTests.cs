using Dml.Api.Retrains;
using Dml.Tests.Shared;
using Quartz;

namespace Dml.Api.Tests;

/// <summary>Each night begins once and at its time, whatever is done to the clock.</summary>
public sealed class NightScheduleTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);
    private readonly TestClock _clock = new(At(1, 12));
    private readonly List<DateTimeOffset> _begun = [];

    [Fact]
    public void A_night_begins_at_its_time_every_day()
    {
        var nights = Nights("0 0 3 * * ?");
        Pass(nights, TimeSpan.FromDays(5));
        Assert.Equal([At(2, 3), At(3, 3), At(4, 3), At(5, 3), At(6, 3)], _begun);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(600)]
    public void A_night_that_has_begun_does_not_begin_again_when_the_clock_is_set_back(int minutes)
    {
        var nights = Nights("0 0 3 * * ?");
        Pass(nights, TimeSpan.FromHours(15) + TimeSpan.FromSeconds(30));
        _clock.Set(_clock.GetUtcNow().AddMinutes(-minutes));
        Pass(nights, TimeSpan.FromHours(60));
        Assert.Equal([2, 3, 4], _begun.Select(night => night.Day));
    }

    [Fact]
    public void Nights_go_on_when_a_clock_that_was_weeks_ahead_is_set_right()
    {
        _clock.Set(At(20, 12));
        var nights = Nights("0 0 3 * * ?");
        Pass(nights, TimeSpan.FromDays(1));
        Assert.Equal([At(21, 3)], _begun);
        _clock.Set(At(2, 12));
        Pass(nights, TimeSpan.FromDays(2));
        Assert.Equal([At(21, 3), At(3, 3), At(4, 3)], _begun);
    }

    [Fact]
    public void Nights_that_the_clock_is_set_past_begin_once_and_at_once()
    {
        var nights = Nights("0 0 3 * * ?");
        _clock.Set(At(9, 15));
        Pass(nights, TimeSpan.FromHours(1));
        Assert.Equal(At(9, 15) + Look, Assert.Single(_begun));
        Pass(nights, TimeSpan.FromDays(1));
        Assert.Equal([9, 10], _begun.Select(night => night.Day));
    }

    [Fact]
    public void A_clock_that_jumps_back_and_forth_by_seconds_changes_nothing()
    {
        var nights = Nights("0 0 3 * * ?");
        for (var i = 0; i < 3 * 24 * 60; i++)
        {
            _clock.Set(_clock.GetUtcNow().AddSeconds(i % 2 == 0 ? -40 : 40));
            Pass(nights, Look);
        }

        Assert.Equal([2, 3, 4], _begun.Select(night => night.Day));
        Assert.All(_begun, night => Assert.InRange(night.TimeOfDay, TimeSpan.FromHours(3), TimeSpan.FromHours(3) + (2 * Look)));
    }

    [Theory]
    [InlineData(2026, 3, 29)]
    [InlineData(2026, 10, 25)]
    public void A_night_that_summer_time_leaves_out_or_repeats_begins_once(int year, int month, int day)
    {
        Assert.SkipUnless(TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out var berlin), "no time zones here");
        _clock.Set(new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero).AddDays(-1).AddHours(12));
        var nights = new NightSchedule(new CronExpression("0 30 2 * * ?", berlin), _clock);
        Pass(nights, TimeSpan.FromDays(1));
        Assert.Single(_begun);
        Pass(nights, TimeSpan.FromDays(1));
        Assert.Equal(2, _begun.Count);
    }

    [Fact]
    public void A_schedule_without_another_time_ends()
    {
        var nights = Nights("0 0 3 2 5 ? 2026");
        Pass(nights, TimeSpan.FromDays(3));
        Assert.Equal([At(2, 3)], _begun);
        Assert.Null(nights.Next);
        Assert.False(nights.Begins());
    }

    // In May 2026.
    private static DateTimeOffset At(int day, int hour) => new(2026, 5, day, hour, 0, 0, TimeSpan.Zero);

    private NightSchedule Nights(string cron) => new(new CronExpression(cron, TimeZoneInfo.Utc), _clock);

    private void Pass(NightSchedule nights, TimeSpan time)
    {
        for (var end = _clock.GetTimestamp() + time.Ticks; _clock.GetTimestamp() < end;)
        {
            _clock.Advance(Look);
            if (nights.Begins())
            {
                _begun.Add(_clock.GetUtcNow());
            }
        }
    }
}
