using System.Globalization;
using Dml.Api.Configuration;

namespace Dml.Api.Security;

/// <summary>Reads a key's expiry and quotas, which are texts in the configuration and on the command line. Blank, or 0: none.</summary>
internal static class KeyLimits
{
    // A minute of a thousand workers.
    private const double MostSeconds = 60_000;

    /// <exception cref="SettingsException">It is not a date.</exception>
    public static DateTimeOffset? ReadExpiry(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at.ToUniversalTime()
        : throw new SettingsException($"{name} is \"{text}\"; expected a date such as 2027-06-30, or 2027-06-30T12:00:00Z.");

    /// <exception cref="SettingsException">It is not a whole number of 0 or more.</exception>
    public static long? ReadCount(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? (count == 0 ? null : count)
        : throw new SettingsException($"{name} is \"{text}\"; expected a whole number, 0 for no limit.");

    /// <exception cref="SettingsException">It is not a number of 0 or more.</exception>
    public static double? ReadSeconds(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= MostSeconds ? (seconds == 0 ? null : seconds)
        : throw new SettingsException(
            $"{name} is \"{text}\"; expected the seconds of work in a minute, such as 30 or 0.5, 0 for no limit.");
}
