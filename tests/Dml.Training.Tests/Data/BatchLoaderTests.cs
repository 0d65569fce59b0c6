using Dml.Training.Augmentation;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Trainer;

namespace Dml.Training.Tests.Data;

public sealed class BatchLoaderTests : IDisposable
{
    private const int Seed = 77;
    private readonly TemporaryFolder folder = new();
    private readonly PixelCache pixels;
    private readonly int[] labels = [.. Enumerable.Range(0, 30).Select(i => i / 3)];

    public BatchLoaderTests()
        => pixels = PixelCache.Open(folder.Path, "key", [.. labels.Select((l, i) => new LabelledPicture($"{i:00}", $"{l}", () => TinyPictures.Png(18, l, i)))], new() { InputSize = 18 }, null, CancellationToken.None);

    public void Dispose()
    {
        pixels.Dispose();
        folder.Dispose();
    }

    private BatchLoader Loader(int ahead, bool augment = true)
    {
        var sampler = Catalogue.Find("sampler", SamplerCatalogue.All, "balanced").Make(new() { ["classes"] = 5, ["pictures"] = 2 })(new(labels, 10, Seed));
        IAugmentation[] augmentations = augment ? [.. AugmentationCatalogue.All.Select(m => m.Make(null))] : [];
        return new(pixels, labels, sampler, augmentations, augment ? 16 : 18, Seed, ahead);
    }

    private static List<Batch> All(BatchLoader source, int epoch) => [.. source.Epoch(epoch, TestContext.Current.CancellationToken)];

    [Fact]
    public void The_number_of_batches_in_flight_changes_nothing()
    {
        var one = All(Loader(1), 3);
        var many = All(Loader(7), 3);

        Assert.Equal(one.Count, many.Count);
        Assert.All(one.Zip(many), pair =>
        {
            Assert.Equal(pair.First.Rgb, pair.Second.Rgb);
            Assert.Equal(pair.First.Labels, pair.Second.Labels);
        });
    }

    [Fact]
    public void Epochs_differ_and_a_later_one_needs_none_before_it()
    {
        var loader = Loader(2);
        All(loader, 0);
        var second = All(loader, 1);

        Assert.Equal(second[0].Rgb, All(Loader(2), 1)[0].Rgb);
        Assert.NotEqual(second[0].Rgb, All(loader, 0)[0].Rgb);
    }

    [Fact]
    public void Without_augmentation_a_batch_holds_the_pictures_themselves()
    {
        var batch = All(Loader(2, augment: false), 0)[0];

        Assert.Equal(10 * 18 * 18 * 3, batch.Rgb.Length);
        var pictures = labels.Select((l, i) => (Label: (long)l, Rgb: TinyPictures.Rgb(18, l, i))).ToArray();
        for (var i = 0; i < 10; i++)
        {
            var rgb = batch.Rgb.AsSpan(i * 18 * 18 * 3, 18 * 18 * 3).ToArray();
            Assert.Contains(pictures, p => p.Label == batch.Labels[i] && p.Rgb.SequenceEqual(rgb));
        }
    }

    [Fact]
    public void A_consumer_that_leaves_early_stops_the_work()
    {
        var loader = Loader(2);

        Assert.NotEmpty(loader.Epoch(0, TestContext.Current.CancellationToken).Take(1).ToList());
        Assert.Equal(loader.BatchesPerEpoch, All(loader, 0).Count);
    }

    [Fact]
    public void Cancelling_ends_the_epoch_with_an_exception()
    {
        using var stop = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var _ in Loader(1).Epoch(0, stop.Token))
            {
                stop.Cancel();
            }
        });
    }
}
