using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Training.Tests.Data;

public class ValidationShareTests
{
    private static ClassSplit Split(int classes, int each) => new(
        [
            .. Enumerable.Range(0, classes).SelectMany(c =>
                Enumerable.Range(0, each).Select(i => new LabelledPicture($"{c:000}/{i:000}", $"class {c:000}", () => []))),
        ],
        []);

    private static string[] Classes(IEnumerable<LabelledPicture> pictures) => [.. pictures.Select(p => p.Class).Distinct()];

    [Theory]
    [InlineData(200, 0.1, 20)]
    [InlineData(50, 0.1, 8)]
    [InlineData(40, 0.1, 8)]
    [InlineData(16, 0.5, 8)]
    public void Of_many_classes_whole_ones_are_set_aside(int classes, double share, int setAside)
    {
        var split = ValidationShare.TakeFrom(Split(classes, 3), share);

        Assert.Equal(setAside, Classes(split.Validation).Length);
        Assert.Equal(3 * setAside, split.Validation.Count);
        Assert.Equal(3 * (classes - setAside), split.Training.Count);
        Assert.Empty(Classes(split.Validation).Intersect(Classes(split.Training)));
    }

    [Theory]
    [InlineData(6, 16, 0.1, 4)]
    [InlineData(39, 8, 0.1, 2)]
    [InlineData(6, 100, 0.1, 10)]
    [InlineData(6, 16, 0.5, 8)]
    public void Of_few_classes_each_gives_some_pictures(int classes, int each, double share, int ofEach)
    {
        var split = ValidationShare.TakeFrom(Split(classes, each), share);

        Assert.Equal(classes, Classes(split.Training).Length);
        Assert.All(split.Validation.GroupBy(p => p.Class), group => Assert.Equal(ofEach, group.Count()));
        Assert.Equal(classes * ofEach, split.Validation.Count);
        Assert.Empty(split.Validation.Intersect(split.Training));
        Assert.Equal(classes * each, split.Validation.Count + split.Training.Count);
    }

    [Theory]
    [InlineData(50, 4)]
    [InlineData(6, 16)]
    public void The_same_are_set_aside_in_whatever_order_they_come_and_whatever_is_added(int classes, int each)
    {
        var split = Split(classes, each);
        var shuffled = split.Training.ToArray();
        new Random(1).Shuffle(shuffled);
        string[] Ids(ClassSplit of) =>
            [.. ValidationShare.TakeFrom(of, 0.1).Validation.Select(p => p.Id).Order(StringComparer.Ordinal)];

        Assert.Equal(Ids(split), Ids(split with { Training = shuffled }));
        var one = new LabelledPicture("another/1", "another", () => []);
        Assert.Equal(Ids(split), Ids(split with { Training = [one, .. shuffled] }));
    }

    [Fact]
    public void A_class_with_few_pictures_keeps_them()
    {
        var split = Split(6, 16);
        var few = Enumerable.Range(0, 7).Select(i => new LabelledPicture($"few/{i}", "few", () => []));

        var taken = ValidationShare.TakeFrom(split with { Training = [.. split.Training, .. few] }, 0.1);
        Assert.DoesNotContain("few", Classes(taken.Validation));
        Assert.Equal(7, taken.Training.Count(p => p.Class == "few"));
        var error = Assert.Throws<RecipeException>(() => ValidationShare.TakeFrom(Split(6, 7), 0.1));
        Assert.Contains("42 training pictures of 6 classes", error.Message, StringComparison.Ordinal);
    }
}
