using Dml.Training.Losses;
using Dml.Training.Tests.Losses.Examples;

namespace Dml.Training.Tests.Losses;

public sealed class WorkedExamplesTests
{
    public static TheoryData<string> Names => [.. WorkedExamples.All.Select(example => example.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Value_and_gradients_are_the_expected_and_gradients_the_differences(string name)
    {
        var example = WorkedExamples.All.Single(e => e.ToString() == name);

        var run = ExampleRun.Of(example);

        Assert.True(Math.Abs(example.Expected - run.Got) <= example.Tolerance, $"expected {example.Expected:R}, got {run.Got:R}");
        Assert.True(run.GradientError is null || run.GradientError <= example.Tolerance, $"gradients are off by {run.GradientError:R}");
        Assert.True(!example.IsWholeGradient || run.DifferenceError <= 2e-6,
            $"gradients and differences are apart by {run.DifferenceError:R}");
    }

    [Fact]
    public void Every_loss_has_a_worked_example_with_gradients()
        => Assert.Equal(
            LossCatalogue.All.Select(m => m.Name).Order(),
            WorkedExamples.All.Where(e => e.Inputs.Any(i => i.Gradient.Length > 0)).Select(e => e.Method).Distinct().Order());
}
