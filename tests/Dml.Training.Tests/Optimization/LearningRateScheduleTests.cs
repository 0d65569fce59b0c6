using Dml.Training.Optimization;

namespace Dml.Training.Tests.Optimization;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void Rises_linearly_then_follows_a_cosine_to_the_floor()
    {
        var schedule = new LearningRateSchedule(Steps: 110, WarmupSteps: 10, Floor: 0.1);
        Assert.Equal(0.1, schedule.Factor(0), 12);
        Assert.Equal(0.5, schedule.Factor(4), 12);
        Assert.Equal(1.0, schedule.Factor(9), 12);
        Assert.Equal(1.0, schedule.Factor(10), 12);
        Assert.Equal(0.1 + (0.9 * 0.5), schedule.Factor(60), 12);
        Assert.Equal(0.1, schedule.Factor(110), 12);
        Assert.Equal(0.1, schedule.Factor(1000), 12);
    }

    [Fact]
    public void Never_rises_after_the_warm_up_and_never_leaves_its_bounds()
    {
        var schedule = new LearningRateSchedule(500, 20, 0.01);
        for (var step = 20; step < 520; step++)
        {
            Assert.InRange(schedule.Factor(step + 1), 0.01, schedule.Factor(step));
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    public void Short_runs_are_finite(long steps, long warmup)
    {
        var schedule = new LearningRateSchedule(steps, warmup, 0);
        for (var step = 0; step <= steps; step++)
        {
            Assert.InRange(schedule.Factor(step), 0, 1);
        }
    }
}
