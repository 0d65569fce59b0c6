using System.Text.Json.Nodes;
using Dml.Training.Batches;
using Dml.Training.Catalogues;

namespace Dml.Training.Tests.Batches;

public class SamplerTests
{
    private const int Seed = 11;

    // Class sizes 1 to 9, 40 classes.
    private static readonly int[] Labels = [.. Enumerable.Range(0, 40).SelectMany(c => Enumerable.Repeat(c, 1 + c % 9))];

    public static TheoryData<string> Names => [.. SamplerCatalogue.All.Select(m => m.Name)];

    private static ISampler Make(string name, JsonObject? options = null) =>
        Catalogue
            .Find("sampler", SamplerCatalogue.All, name)
            .Make(options)(new(Labels, 40, Seed) { Modalities = [.. Labels.Select((_, i) => i % 2)] });

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_sampler_keeps_its_promises(string name)
    {
        var sampler = Make(name);

        for (var epoch = 0; epoch < 3; epoch++)
        {
            var batches = sampler.Epoch(epoch);
            Assert.Equal(sampler.BatchesPerEpoch, batches.Count);
            Assert.All(batches, batch => Assert.Equal(sampler.BatchSize, batch.Length));
            Assert.All(batches.SelectMany(b => b), i => Assert.InRange(i, 0, Labels.Length - 1));
            Assert.Equal(batches.SelectMany(b => b), Make(name).Epoch(epoch).SelectMany(b => b));
        }

        Assert.NotEqual(sampler.Epoch(0).SelectMany(b => b), sampler.Epoch(1).SelectMany(b => b));
    }

    [Theory]
    [InlineData(8, 4)]
    [InlineData(40, 2)]
    [InlineData(7, 3)]
    [InlineData(39, 1)]
    public void Balanced_batches_hold_P_classes_times_K_pictures(int classes, int pictures)
    {
        var sampler = Make("balanced", new() { ["classes"] = classes, ["pictures"] = pictures });

        foreach (var batch in sampler.Epoch(5))
        {
            var perClass = batch.CountBy(i => Labels[i]).ToArray();
            Assert.Equal(classes, perClass.Length);
            Assert.All(perClass, c => Assert.Equal(pictures, c.Value));
        }
    }

    [Theory]
    [InlineData(8, 4)]
    [InlineData(39, 1)]
    [InlineData(7, 3)]
    public void Balanced_epochs_visit_every_class_about_equally(int classes, int pictures)
    {
        var visits = Make("balanced", new() { ["classes"] = classes, ["pictures"] = pictures })
            .Epoch(2).SelectMany(batch => batch.Select(i => Labels[i]).Distinct()).CountBy(c => c).ToArray();

        Assert.Equal(40, visits.Length);
        Assert.InRange(visits.Max(v => v.Value) - visits.Min(v => v.Value), 0, 1);
    }

    [Fact]
    public void A_class_with_enough_pictures_gives_no_picture_twice_in_a_batch_and_a_small_one_repeats()
    {
        foreach (var batch in Make("balanced", new() { ["classes"] = 20, ["pictures"] = 4 }).Epoch(0))
        {
            foreach (var own in batch.GroupBy(i => Labels[i]))
            {
                Assert.Equal(Math.Min(4, 1 + own.Key % 9), own.Distinct().Count());
            }
        }
    }

    [Fact]
    public void Shuffle_shows_every_picture_at_most_once()
    {
        var seen = Make("shuffle", new() { ["batchSize"] = 50 }).Epoch(0).SelectMany(b => b).ToArray();

        Assert.Equal(Labels.Length / 50 * 50, seen.Length);
        Assert.Equal(seen.Length, seen.Distinct().Count());
    }

    [Fact]
    public void More_classes_than_there_are_means_all_of_them()
    {
        var sampler = Make("balanced", new() { ["classes"] = 1000, ["pictures"] = 2 });

        Assert.Equal(80, sampler.BatchSize);
        Assert.All(sampler.Epoch(0), batch => Assert.Equal(40, batch.Select(i => Labels[i]).Distinct().Count()));
    }

    [Fact]
    public void Options_that_do_not_fit_are_refused_with_the_right_numbers()
    {
        var none = Assert.Throws<RecipeException>(() => Make("balanced", new() { ["classes"] = 0 }));
        Assert.Contains("classes 0", none.Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => Make("shuffle", new() { ["batchSize"] = 10_000 }));
        var misspelt = Assert.Throws<RecipeException>(() => Make("balanced", new() { ["clases"] = 4 }));
        Assert.Contains("classes", misspelt.Message, StringComparison.Ordinal);
    }
}
