using System.Globalization;

namespace Dml.Training.Trainer;

/// <summary>What was chosen for the settings that a recipe leaves to the trainer.</summary>
/// <param name="BFloat16">Whether the layers run in bfloat16.</param>
/// <param name="ChannelsLast">Whether pictures keep the channels-last layout.</param>
/// <param name="Why">In words.</param>
/// <param name="Trials">What it was chosen from; empty where nothing had to be tried.</param>
public sealed record SpeedChoice(bool BFloat16, bool ChannelsLast, string Why, IReadOnlyList<SpeedTrial> Trials)
{
    // Below, a fresh run of the same recipe would choose by the noise of its first seconds.
    private const double BFloat16Gain = 1.1;
    private const double PlainLayoutGain = 1.05;

    /// <summary>Largest difference of the bfloat16 loss from the single-precision one, as a share of the latter, that counts as agreement.</summary>
    private const double LossTolerance = 0.05;

    /// <summary>
    /// Chooses from trials: bfloat16 where its loss agrees and it is at least a tenth faster than single precision, channels-last unless the plain layout is a twentieth faster.
    /// </summary>
    /// <param name="trials">At least one.</param>
    public static SpeedChoice From(IReadOnlyList<SpeedTrial> trials)
    {
        var (exact, narrow) = (Fastest(trials.Where(t => !t.BFloat16)), Fastest(trials.Where(t => t.BFloat16)));
        if (exact is null || narrow is null)
        {
            var only = (exact ?? narrow)!;
            return new(only.BFloat16, only.ChannelsLast, string.Create(CultureInfo.InvariantCulture, $"{Layout(only)}, the faster of the layouts"), trials);
        }

        var gain = exact.SecondsPerStep / narrow.SecondsPerStep;
        var difference = Math.Abs(narrow.Loss - exact.Loss) / Math.Max(Math.Abs(exact.Loss), 1e-6);
        var figures = string.Create(CultureInfo.InvariantCulture, $"bfloat16 takes {narrow.SecondsPerStep:G3} s a step, single precision {exact.SecondsPerStep:G3} s ({gain:F2} times); losses {narrow.Loss:G5} and {exact.Loss:G5}");
        return (difference <= LossTolerance, gain >= BFloat16Gain) switch
        {
            (true, true) => new(true, narrow.ChannelsLast, $"bfloat16, {Layout(narrow)}: {figures}", trials),
            (true, false) => new(false, exact.ChannelsLast, $"single precision, {Layout(exact)}, because bfloat16 is not {BFloat16Gain:F1} times faster: {figures}", trials),
            _ => new(false, exact.ChannelsLast, string.Create(CultureInfo.InvariantCulture, $"single precision, {Layout(exact)}, because the losses differ by more than {LossTolerance:P0}: {figures}"), trials),
        };
    }

    private static SpeedTrial? Fastest(IEnumerable<SpeedTrial> trials) =>
        trials.OrderBy(t => t.ChannelsLast ? t.SecondsPerStep : t.SecondsPerStep * PlainLayoutGain).FirstOrDefault();

    private static string Layout(SpeedTrial trial) => trial.ChannelsLast ? "channels last" : "plain layout";
}
