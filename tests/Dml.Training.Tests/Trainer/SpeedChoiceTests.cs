using Dml.Training.Trainer;

namespace Dml.Training.Tests.Trainer;

public class SpeedChoiceTests
{
    private static readonly SpeedTrial Exact = new(false, true, 5.0, 1.0);

    [Theory]
    // bfloat16 loss, its seconds, seconds of the plain layout in single precision; what is chosen
    [InlineData(5.1, 0.5, 1.0, true, true)]
    [InlineData(5.1, 0.95, 1.0, false, true)]
    [InlineData(5.1, 1.7, 1.0, false, true)]
    [InlineData(5.4, 0.5, 1.0, false, true)]
    [InlineData(double.NaN, double.PositiveInfinity, 1.0, false, true)]
    [InlineData(5.1, 0.95, 0.9, false, false)]
    [InlineData(5.1, 0.95, 0.97, false, true)]
    public void Bfloat16_must_agree_and_win_and_a_layout_must_win(double loss, double seconds, double plain, bool bfloat16, bool channelsLast)
    {
        var choice = SpeedChoice.From([Exact, Exact with { ChannelsLast = false, SecondsPerStep = plain }, new(true, true, loss, seconds)]);
        Assert.Equal((bfloat16, channelsLast), (choice.BFloat16, choice.ChannelsLast));
        Assert.Contains(bfloat16 ? "bfloat16" : "single precision", choice.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_forced_precision_leaves_the_layout_to_choose()
    {
        var choice = SpeedChoice.From([new(true, true, 5, 1), new(true, false, 5, 0.8)]);
        Assert.Equal((true, false), (choice.BFloat16, choice.ChannelsLast));
    }
}
