using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Training.Tests.Data;

public class ClassSplitTests
{
    private static Dataset Pictures(int classes, int each) =>
        new(
            "key",
            [
                .. from c in Enumerable.Range(0, classes)
                from p in Enumerable.Range(0, each)
                select new LabelledPicture($"{c:000}.{p}", $"class {c:000}", () => [])
                {
                    Attributes = new Dictionary<string, string> { ["set"] = $"set {p}" },
                },
            ]);

    [Theory]
    [InlineData(0.5, 10)]
    [InlineData(0.25, 5)]
    [InlineData(0.1, 2)]
    public void Classes_are_on_one_side_only(double fraction, int heldOut)
    {
        var dataset = Pictures(20, 3);

        var split = ClassSplit.Of(dataset, new() { HeldOut = fraction });

        Assert.Equal(heldOut, split.HeldOut.Select(p => p.Class).Distinct().Count());
        Assert.Empty(split.HeldOut.Select(p => p.Class).Intersect(split.Training.Select(p => p.Class)));
        Assert.Equal(dataset.Pictures.Count, split.HeldOut.Count + split.Training.Count);
    }

    [Fact]
    public void The_same_seed_splits_alike_whatever_the_order_of_the_pictures()
    {
        var dataset = Pictures(30, 2);
        var shuffled = dataset with { Pictures = [.. dataset.Pictures.Reverse()] };

        var classes = ClassSplit.Of(dataset, new() { Seed = 4 }).HeldOut.Select(p => p.Class).ToHashSet();

        Assert.Equal(classes, ClassSplit.Of(shuffled, new() { Seed = 4 }).HeldOut.Select(p => p.Class).ToHashSet());
        Assert.NotEqual(classes, ClassSplit.Of(dataset, new() { Seed = 5 }).HeldOut.Select(p => p.Class).ToHashSet());
    }

    [Fact]
    public void Label_noise_gives_a_share_of_the_training_pictures_other_training_classes()
    {
        var dataset = Pictures(20, 10);
        var clean = ClassSplit.Of(dataset, new());
        var noisy = ClassSplit.Of(dataset, new() { LabelNoise = 0.2, LabelNoiseSeed = 3 });

        Assert.Equal(clean.HeldOut, noisy.HeldOut);
        Assert.Equal(clean.Training.Select(p => p.Id), noisy.Training.Select(p => p.Id));
        Assert.Equal(20, clean.Training.Zip(noisy.Training).Count(pair => pair.First.Class != pair.Second.Class));
        Assert.Empty(noisy.Training.Select(p => p.Class).Except(clean.Training.Select(p => p.Class)));
        Assert.Equal(
            noisy.Training.Select(p => p.Class),
            ClassSplit.Of(dataset, new() { LabelNoise = 0.2, LabelNoiseSeed = 3 }).Training.Select(p => p.Class));
        Assert.NotEqual(
            noisy.Training.Select(p => p.Class),
            ClassSplit.Of(dataset, new() { LabelNoise = 0.2, LabelNoiseSeed = 4 }).Training.Select(p => p.Class));
        Assert.Throws<RecipeException>(() => ClassSplit.Of(dataset, new() { LabelNoise = 1 }));
    }

    [Fact]
    public void The_split_does_not_change_from_version_to_version()
    {
        // Figures of committed models are comparable only while this holds.
        var heldOut = ClassSplit.Of(Pictures(8, 1), new()).HeldOut.Select(p => p.Class);

        Assert.Equal(["class 000", "class 001", "class 005", "class 006"], heldOut);
    }

    [Fact]
    public void An_attribute_keeps_pictures_from_training_but_not_from_evaluation()
    {
        var split = ClassSplit.Of(Pictures(10, 3), new() { NotInTraining = new Dictionary<string, string[]> { ["set"] = ["set 1"] } });

        Assert.DoesNotContain(split.Training, p => p.Attributes["set"] == "set 1");
        Assert.Equal(10, split.Training.Count);
        Assert.Equal(15, split.HeldOut.Count);
    }

    [Fact]
    public void What_cannot_be_split_is_refused()
    {
        Assert.Throws<RecipeException>(() => ClassSplit.Of(Pictures(10, 1), new() { HeldOut = 0 }));
        Assert.Throws<RecipeException>(() => ClassSplit.Of(Pictures(10, 1), new() { HeldOut = 0.95 }));
        Assert.Throws<RecipeException>(() => ClassSplit.Of(Pictures(3, 1), new()));
        var unknown = Assert.Throws<RecipeException>(() =>
            ClassSplit.Of(Pictures(10, 1), new() { NotInTraining = new Dictionary<string, string[]> { ["vendor"] = ["x"] } }));
        Assert.Contains("vendor", unknown.Message, StringComparison.Ordinal);
    }
}
