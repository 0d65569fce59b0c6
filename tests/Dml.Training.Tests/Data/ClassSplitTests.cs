using Dml.Embedding.Labels;
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

    private static Dataset Labelled(IEnumerable<string> labels, int each = 2) =>
        new("key", [.. labels.SelectMany(label => Enumerable.Range(0, each).Select(i => Picture(label, i)))]);

    private static LabelledPicture Picture(string label, int number) => new($"{label}/{number}", label, () => []);

    private static string[] Gate(Dataset dataset, double? share = null) =>
        [
            .. ClassSplit
                .Of(dataset, new() { By = SplitSource.Gate, HeldOut = share })
                .HeldOut.Select(p => p.Class)
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    private static readonly string[] Fruit =
    [
        "apple", "banana", "cherry", "grape", "kiwi", "lemon", "mango", "orange", "peach", "pear", "plum", "strawberry",
    ];

    [Fact]
    public void The_gates_labels_are_those_that_the_service_holds_out()
    {
        // By `printf label | sha256sum`: below 0x33333333 of 2^32, a fifth.
        Assert.Equal(["cherry", "grape", "kiwi", "orange", "plum"], Gate(Labelled(Fruit)));
        Assert.Equal(Fruit.Where(label => HeldOutLabels.Contains(label, 0.6)), Gate(Labelled(Fruit), 0.6));

        string[] many = [.. Enumerable.Range(0, 500).Select(i => $"Äpfel & Birnen {i}")];
        Assert.Equal(many.Where(label => HeldOutLabels.Contains(label, 0.2)).Order(StringComparer.Ordinal), Gate(Labelled(many)));
    }

    [Fact]
    public void The_gates_labels_depend_on_nothing_but_the_labels()
    {
        var dataset = Labelled(Fruit, each: 5);
        var shuffled = dataset.Pictures.ToArray();
        new Random(1).Shuffle(shuffled);

        Assert.Equal(Gate(dataset), Gate(dataset with { Pictures = shuffled }));
        Assert.Equal(Gate(dataset), Gate(Labelled([.. Fruit, "quince", "fig"])).Intersect(Fruit));
    }

    [Fact]
    public void A_catalogue_with_few_labels_still_has_two_to_measure()
    {
        // The order of their hashes: strawberry, mango, peach, pear, banana, lemon; none is in the first fifth.
        Assert.Equal(["mango", "strawberry"], Gate(Labelled(["lemon", "banana", "pear", "peach", "mango", "strawberry"])));

        // A label with one picture has nothing to find: it is held out where the gate holds it out, and does not count as one of the two.
        var lone = Labelled(["lemon", "pear", "peach", "strawberry"]);
        Assert.Equal(
            ["peach", "plum", "strawberry"], Gate(lone with { Pictures = [.. lone.Pictures, Picture("plum", 0)] }));

        var error = Assert.Throws<RecipeException>(() => Gate(Labelled(["lemon", "pear", "peach"])));
        Assert.Contains("two labels with two pictures", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_of_several_labels_is_held_out_as_soon_as_one_of_them_is()
    {
        LabelledPicture Of(string id, params string[] labels) =>
            new(id, string.Join(';', labels), () => []) { Labels = labels };
        LabelledPicture[] pictures =
        [
            Of("1", "lemon", "plum"), Of("2", "lemon", "plum"), Of("3", "grape"), Of("4", "grape"), Of("5", "lemon"), Of("6", "pear"),
        ];
        var split = ClassSplit.Of(new("key", pictures), new() { By = SplitSource.Gate });

        Assert.Equal(["1", "2", "3", "4"], split.HeldOut.Select(p => p.Id));
    }

    [Fact]
    public void A_datasets_own_split_goes_before_the_gates()
    {
        var pictures = Labelled(Fruit).Pictures
            .Select(p => p with { Part = p.Class[0] < 'k' ? PicturePart.Training : PicturePart.Test })
            .ToArray();
        var split = ClassSplit.Of(new("key", pictures), new() { By = SplitSource.Gate });

        Assert.Equal(["apple", "banana", "cherry", "grape"], split.Training.Select(p => p.Class).Distinct());
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
