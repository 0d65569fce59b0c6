using System.Text.Json.Nodes;
using Dml.Training.Runs;
using Dml.Training.Trainer;

namespace Dml.Training.Tests.Runs;

public class EpochChoiceTests
{
    private static readonly TrainingOptions Best = new() { Keep = KeptEpoch.Best, Patience = 2 };

    private static JsonObject Line(int epoch, double? figure) => new()
    {
        ["kind"] = "evaluation",
        ["epoch"] = epoch,
        ["MAP@R"] = 0.99 - (0.01 * epoch),
        ["validation"] = figure is null ? null : new JsonObject { ["MAP@R"] = figure },
    };

    private static JsonObject[] Lines(params double[] figures) => [.. figures.Select((figure, i) => Line(i + 1, figure))];

    [Fact]
    public void The_best_is_the_first_of_the_highest()
    {
        var choice = EpochChoice.Of(Best, Lines(0.2, 0.5, 0.5, 0.4));

        Assert.Equal((2, 2, 4), (choice.Best, choice.Kept, choice.Last));
        Assert.Equal("The weights are those of epoch 2 of 4, the best (MAP@R 0.5000 on the validation share).", choice.ToString());
        Assert.Equal(
            """{"epochs":4,"epoch":2,"bestEpoch":2,"validation":{"MAP@R":0.5}}""", choice.ToJson().ToJsonString());
    }

    [Fact]
    public void Patience_ends_with_the_last_of_so_many_that_are_not_better()
    {
        Assert.False(EpochChoice.Of(Best, Lines(0.5, 0.4)).HasEnough);
        Assert.False(EpochChoice.Of(Best, Lines(0.5, 0.4, 0.6, 0.5)).HasEnough);
        Assert.True(EpochChoice.Of(Best, Lines(0.5, 0.5, 0.4)).HasEnough);
        Assert.False(EpochChoice.Of(Best with { Patience = 0 }, Lines(0.5, 0.4, 0.3, 0.2)).HasEnough);
    }

    [Fact]
    public void Line_by_line_it_decides_as_with_all_of_them()
    {
        double[] figures = [0.1, 0.3, 0.2, 0.4, 0.4, 0.35];
        var (one, kept) = (EpochChoice.Of(Best, []), new List<int>());
        for (var epoch = 1; epoch <= figures.Length; epoch++)
        {
            if (one.Add(epoch, new() { ["MAP@R"] = figures[epoch - 1] }))
            {
                kept.Add(epoch);
            }

            Assert.Equal(EpochChoice.Of(Best, Lines(figures[..epoch])).ToJson().ToJsonString(), one.ToJson().ToJsonString());
        }

        Assert.Equal([1, 2, 4], kept);
    }

    [Fact]
    public void The_last_is_kept_by_default_and_the_best_is_named_where_it_is_known()
    {
        var measured = EpochChoice.Of(new() { Validation = 0.1 }, Lines(0.6, 0.5));
        Assert.Equal((1, 2), (measured.Best, measured.Kept));
        Assert.Contains("epoch 2, the last; the best was epoch 1", measured.ToString(), StringComparison.Ordinal);

        var unmeasured = EpochChoice.Of(new(), [Line(5, null), Line(10, null)]);
        Assert.Equal((null, 10), (unmeasured.Best, unmeasured.Kept));
        Assert.Equal("The weights are those of epoch 10, the last.", unmeasured.ToString());
        Assert.Equal("""{"epochs":10,"epoch":10}""", unmeasured.ToJson().ToJsonString());
    }
}
