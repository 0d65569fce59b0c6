using Dml.Training.Trainer;

namespace Dml.Training.Tests.Trainer;

public class SpeedChoiceTests
{
    private static readonly SpeedTrial Single = new(false, true, 5.0, 1.0);

    [Theory]
    [InlineData(5.1, 0.5, true)]
    [InlineData(4.9, 0.9, true)]
    [InlineData(5.1, 0.95, false)]
    [InlineData(5.1, 1.7, false)]
    [InlineData(5.4, 0.5, false)]
    [InlineData(double.NaN, double.PositiveInfinity, false)]
    public void Bfloat16_must_agree_and_win(double loss, double seconds, bool chosen)
    {
        var choice = SpeedChoice.OfPrecision(Single, new(true, true, loss, seconds));
        Assert.Equal((chosen, true), (choice.BFloat16, choice.ChannelsLast));
        Assert.StartsWith(chosen ? "bfloat16" : "single precision", choice.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Single_precision_stays_where_even_its_loss_is_no_number() =>
        Assert.False(
            SpeedChoice
                .OfPrecision(Single with { Loss = double.NaN, SecondsPerStep = double.PositiveInfinity }, new(true, true, 5, 1))
                .BFloat16);

    [Theory]
    [InlineData(0.9, false)]
    [InlineData(0.97, true)]
    [InlineData(1.2, true)]
    public void The_plain_layout_must_win(double seconds, bool channelsLast)
    {
        var choice = SpeedChoice
            .OfPrecision(Single, new(true, true, 5, 0.5))
            .Then(SpeedChoice.OfLayout(new(true, true, 5, 1), new(true, false, 5, seconds)));
        Assert.Equal((true, channelsLast, 4), (choice.BFloat16, choice.ChannelsLast, choice.Trials.Count));
    }
}
