using Dml.Training.Batches;
using Dml.Training.Catalogues;

namespace Dml.Training.Tests.Batches;

public sealed class ModalitySamplerTests
{
    // 12 classes of 2 to 13 pictures; every third picture is a sketch, and class 0 has no other kind.
    private static readonly int[] Labels = [.. Enumerable.Range(0, 12).SelectMany(c => Enumerable.Repeat(c, c + 2))];
    private static readonly int[] Modalities = [.. Labels.Select((label, i) => label == 0 || i % 3 == 0 ? 0 : 1)];

    private static ModalitySampler Make(int classes, int pictures) =>
        new(new() { Classes = classes, Pictures = pictures }, new(Labels, 12, 5) { Modalities = Modalities });

    [Theory]
    [InlineData(4, 2)]
    [InlineData(11, 1)]
    [InlineData(3, 5)]
    public void Batches_hold_as_many_of_both_modalities_of_every_class(int classes, int pictures)
    {
        var sampler = Make(classes, pictures);
        var batches = sampler.Epoch(1);
        Assert.Equal(sampler.BatchesPerEpoch, batches.Count);
        foreach (var batch in batches)
        {
            Assert.Equal(sampler.BatchSize, batch.Length);
            var parts = batch.CountBy(i => (Labels[i], Modalities[i])).ToArray();
            Assert.Equal(2 * classes, parts.Length);
            Assert.All(parts, part => Assert.Equal(pictures, part.Value));
        }

        var visits = batches.SelectMany(batch => batch.Select(i => Labels[i]).Distinct()).CountBy(c => c).ToDictionary();
        Assert.DoesNotContain(0, visits.Keys);
        Assert.Equal(11, visits.Count);
        Assert.InRange(visits.Values.Max() - visits.Values.Min(), 0, 1);
    }

    [Fact]
    public void One_modality_is_refused_with_what_to_do()
    {
        Assert.Contains(
            "two-modality", Assert.Throws<RecipeException>(() => new ModalitySampler(new(), new(Labels, 12, 5))).Message,
            StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => new ModalitySampler(new(), new([0, 0, 1, 1], 2, 5) { Modalities = [0, 0, 1, 1] }));
        Assert.Throws<RecipeException>(() => Make(0, 1));
    }
}
