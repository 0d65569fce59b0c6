using System.Globalization;

namespace Dml.Files;

/// <summary>Names that are times in UTC, <c>20260131-120000-000</c>, such that a newer one comes after all others.</summary>
public static class TimeName
{
    private const string Format = "yyyyMMdd-HHmmss-fff";

    /// <summary>The name of something that is made now. Where the clock has been set back, it is a moment after the newest one.</summary>
    public static string Next(DateTimeOffset now, IEnumerable<string> others)
    {
        ArgumentNullException.ThrowIfNull(others);
        var newest = others.Select(TimeOf).DefaultIfEmpty().Max();
        // In whole milliseconds, as names have them.
        var time = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()).UtcDateTime;
        if (time <= newest)
        {
            time = newest.AddMilliseconds(1);
        }

        return time.ToString(Format, CultureInfo.InvariantCulture);
    }

    // A name of digits that are not a time, such as the 99th of a month, is older than all.
    private static DateTime TimeOf(string name) =>
        DateTime.TryParseExact(name, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && time < DateTime.MaxValue.AddDays(-1)
            ? time
            : DateTime.MinValue;
}
