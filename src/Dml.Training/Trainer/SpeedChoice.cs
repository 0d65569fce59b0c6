using System.Globalization;

namespace Dml.Training.Trainer;

/// <summary>What was chosen for the settings that a recipe leaves to the trainer.</summary>
/// <param name="BFloat16">Whether the layers run in bfloat16.</param>
/// <param name="ChannelsLast">Whether pictures keep the channels-last layout.</param>
/// <param name="Why">In words.</param>
/// <param name="Trials">What it was chosen from; empty where nothing had to be tried.</param>
public sealed record SpeedChoice(bool BFloat16, bool ChannelsLast, string Why, IReadOnlyList<SpeedTrial> Trials)
{
    // With a smaller gain, a fresh run of the same recipe would choose by the noise of its first seconds.
    private const double BFloat16Gain = 1.1;
    private const double PlainLayoutGain = 1.05;

    // Of the single-precision loss.
    private const double LossTolerance = 0.05;

    /// <summary>Single precision, because this libtorch cannot run in bfloat16.</summary>
    /// <param name="channelsLast">Whether pictures keep the channels-last layout.</param>
    internal static SpeedChoice OfMissingBFloat16(bool channelsLast) =>
        new(false, channelsLast, "single precision (bfloat16 is not available in this libtorch)", []);

    /// <summary>bfloat16 where its loss is within 5 % of single precision's and it is at least 1.1 times as fast.</summary>
    /// <param name="exact">In single precision.</param>
    /// <param name="narrow">The same in bfloat16.</param>
    public static SpeedChoice OfPrecision(SpeedTrial exact, SpeedTrial narrow)
    {
        ArgumentNullException.ThrowIfNull(exact);
        ArgumentNullException.ThrowIfNull(narrow);
        var gain = exact.SecondsPerStep / narrow.SecondsPerStep;
        var agrees = Math.Abs(narrow.Loss - exact.Loss) <= LossTolerance * Math.Abs(exact.Loss);
        var figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{gain:F2} times as fast as single precision, losses {narrow.Loss:G5} and {exact.Loss:G5}");
        if (agrees && gain >= BFloat16Gain)
        {
            return new(true, narrow.ChannelsLast, $"bfloat16 ({figures})", [exact, narrow]);
        }

        var need = agrees
            ? string.Create(CultureInfo.InvariantCulture, $"win by {BFloat16Gain:F1}")
            : string.Create(CultureInfo.InvariantCulture, $"agree to {LossTolerance:P0}");
        return new(false, exact.ChannelsLast, $"single precision (bfloat16 is {figures}; it must {need})", [exact, narrow]);
    }

    /// <summary>Channels-last, unless the plain layout is 1.05 times as fast.</summary>
    /// <param name="channelsLast">In channels-last layout.</param>
    /// <param name="plain">The same in the plain one.</param>
    public static SpeedChoice OfLayout(SpeedTrial channelsLast, SpeedTrial plain)
    {
        ArgumentNullException.ThrowIfNull(channelsLast);
        ArgumentNullException.ThrowIfNull(plain);
        var gain = channelsLast.SecondsPerStep / plain.SecondsPerStep;
        var figures = string.Create(CultureInfo.InvariantCulture, $"the plain layout is {gain:F2} times as fast as channels-last");
        return gain >= PlainLayoutGain
            ? new(plain.BFloat16, false, $"plain layout ({figures})", [channelsLast, plain])
            : new(channelsLast.BFloat16, true, $"channels-last ({figures})", [channelsLast, plain]);
    }

    /// <summary>This choice, followed by another that was based on it.</summary>
    /// <param name="next">Its settings hold.</param>
    public SpeedChoice Then(SpeedChoice next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return next with { Why = $"{Why}, {next.Why}", Trials = [.. Trials, .. next.Trials] };
    }
}
