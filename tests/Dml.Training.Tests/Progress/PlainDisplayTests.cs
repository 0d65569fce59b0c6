using Dml.Training.Progress;

namespace Dml.Training.Tests.Progress;

public class PlainDisplayTests
{
    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    [Fact]
    public void Writes_a_line_every_ten_seconds_with_the_time_that_is_left()
    {
        using var output = new StringWriter();
        var clock = new Clock();
        var display = new PlainDisplay(output, clock);

        display.Begin("train", 100);
        for (var done = 0; done <= 100; done++)
        {
            clock.Seconds = done;
            display.Advance(done, "loss 1");
        }

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10, lines.Length);
        Assert.Equal("train 10/100, loss 1, 00:01:30 left", lines[0]);
        Assert.Equal("train 100/100, loss 1", lines[^1]);
    }
}
