using Dml.Api.Http;

namespace Dml.Api.Tests;

public sealed class BodyBudgetTests
{
    [Fact]
    public async Task A_body_that_fits_is_never_refused_for_the_sake_of_one_that_does_not()
    {
        var budget = new BodyBudget(most: 1000, least: 1000);
        using var enough = new CancellationTokenSource();
        var large = Task.Run(
            () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    Assert.False(budget.TryTake("large", 1001));
                }
            },
            TestContext.Current.CancellationToken);
        for (var i = 0; i < 1_000_000; i++)
        {
            Assert.True(budget.TryTake("small", 1000), $"refused at {i}");
            budget.Return("small", 1000);
        }

        await enough.CancelAsync();
        await large;
    }

    [Fact]
    public void One_caller_leaves_a_quarter_to_others()
    {
        var budget = new BodyBudget(most: 1000, least: 100);
        Assert.True(budget.TryTake("one", 750));
        Assert.False(budget.TryTake("one", 1));
        Assert.True(budget.TryTake("other", 250));
        Assert.False(budget.TryTake("third", 1));
        budget.Return("one", 750);
        Assert.True(budget.TryTake("third", 750));
        Assert.False(budget.TryTake("one", long.MaxValue));
    }
}
