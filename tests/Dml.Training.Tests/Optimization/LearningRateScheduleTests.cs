using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Optimization;
using Dml.Training.Trainer;

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

    [Fact]
    public void A_constant_rate_stays_after_the_warm_up()
    {
        var schedule = new LearningRateSchedule(100, 10, 0.1) { Curve = ScheduleCatalogue.Create(new("constant")) };
        Assert.Equal(0.5, schedule.Factor(4), 12);
        Assert.All(Enumerable.Range(10, 200), step => Assert.Equal(1, schedule.Factor(step)));
    }

    [Fact]
    public void Steps_fall_every_so_many_epochs_or_after_those_named()
    {
        LearningRateSchedule Of(JsonObject options) => new(1000, 0, 0.1)
        {
            Curve = ScheduleCatalogue.Create(new("step") { Options = options }),
            StepsPerEpoch = 10,
        };
        var every = Of(new() { ["every"] = 2, ["factor"] = 0.5 });
        Assert.Equal([1, 1, 0.5, 0.5, 0.25, 0.25], Enumerable.Range(0, 6).Select(epoch => every.Factor(epoch * 10)));
        Assert.Equal(1, every.Factor(19));
        var named = Of(new() { ["at"] = new JsonArray(1, 4), ["factor"] = 0.1 });
        Assert.Equal([1, 0.1, 0.1, 0.1, 0.01, 0.01], Enumerable.Range(0, 6).Select(epoch => Math.Round(named.Factor(epoch * 10), 12)));
    }

    // The falls of torch.optim.lr_scheduler.ReduceLROnPlateau(mode="max", factor=0.5, patience=2) on these figures.
    [Theory]
    [InlineData(new double[0], 0)]
    [InlineData(new[] { .5 }, 0)]
    [InlineData(new[] { .5, .5, .5 }, 0)]
    [InlineData(new[] { .5, .5, .4, .5 }, 1)]
    [InlineData(new[] { .5, .5, .4, .5, .5, .5 }, 1)]
    [InlineData(new[] { .5, .5, .4, .5, .5, .5, .5 }, 2)]
    [InlineData(new[] { .5, .5, .4, .6, .5, .5 }, 0)]
    [InlineData(new[] { .5, .5, .4, .50004, .5 }, 1)]
    public void A_plateau_lowers_the_rate_as_PyTorchs_does(double[] figures, int falls)
    {
        var schedule = new LearningRateSchedule(100, 0, 0)
        {
            Curve = ScheduleCatalogue.Create(new("plateau") { Options = new() { ["patience"] = 2, ["factor"] = 0.5 } }),
        };
        Assert.Equal(Math.Pow(0.5, falls), schedule.Factor(50, figures));
    }

    [Theory]
    [InlineData("step", "every", 0)]
    [InlineData("step", "factor", 0)]
    [InlineData("plateau", "factor", 1)]
    [InlineData("plateau", "patience", -1)]
    public void Numbers_out_of_range_are_refused(string name, string option, double value) =>
        Assert.Throws<RecipeException>(() => ScheduleCatalogue.Create(new(name) { Options = new() { [option] = value } }));

    [Fact]
    public void A_plateau_without_a_validation_share_is_refused() => Assert.Contains(
        "validation", Assert.Throws<RecipeException>(
            () => TrainingOptionsCheck.Throw(new() { Schedule = new("plateau") })).Message, StringComparison.Ordinal);
}
