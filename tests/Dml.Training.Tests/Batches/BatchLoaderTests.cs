using Dml.Training.Augmentation;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Training.Tests.Batches;

public sealed class BatchLoaderTests : IDisposable
{
    private const int Seed = 77;
    private readonly TemporaryFolder _folder = new();
    private readonly PixelCache _pixels;
    private readonly int[] _labels = [.. Enumerable.Range(0, 30).Select(i => i / 3)];

    public BatchLoaderTests() =>
        _pixels = PixelCache.Open(
            _folder.Path, "key", [.. _labels.Select((l, i) => new LabelledPicture($"{i:00}", $"{l}", () => TinyPictures.Png(18, l, i)))],
            new() { InputSize = 18 }, null, CancellationToken.None);

    public void Dispose()
    {
        _pixels.Dispose();
        _folder.Dispose();
    }

    private BatchLoader Loader(int ahead, bool augment = true, int workers = 2)
    {
        IAugmentation[] augmentations = augment ? [.. AugmentationCatalogue.All.Select(m => m.Make(null))] : [];
        return new(_pixels, _labels, Sampler(), augmentations, augment ? 16 : 18, Seed, workers, ahead);
    }

    private ISampler Sampler(int classes = 5, int each = 2) =>
        Catalogue
            .Find("sampler", SamplerCatalogue.All, "balanced")
            .Make(new() { ["classes"] = classes, ["pictures"] = each })(new(_labels, 10, Seed));

    private static List<Batch> All(BatchLoader source, int epoch) => [.. source.Epoch(epoch, TestContext.Current.CancellationToken)];

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(5, 1)]
    [InlineData(5, 7)]
    public void The_number_of_workers_and_of_batches_under_way_changes_nothing(int workers, int ahead)
    {
        var expected = All(Loader(1, workers: 1), 3);
        var batches = All(Loader(ahead, workers: workers), 3);

        Assert.Equal(expected.Count, batches.Count);
        Assert.All(expected.Zip(batches), pair =>
        {
            Assert.Equal(pair.First.Rgb, pair.Second.Rgb);
            Assert.Equal(pair.First.Labels, pair.Second.Labels);
        });
    }

    [Fact]
    public void Never_makes_more_batches_than_workers_at_once_nor_more_ahead_than_allowed()
    {
        var counting = new CountingAugmentation();
        var sampler = Sampler(classes: 2, each: 1);
        var loader = new BatchLoader(_pixels, _labels, sampler, [counting], 18, Seed, workers: 2, ahead: 3);
        Assert.Equal(15, sampler.BatchesPerEpoch);

        using var batches = loader.Epoch(0, TestContext.Current.CancellationToken).GetEnumerator();
        Assert.True(batches.MoveNext());
        // The consumer holds one; the bound lets three more be finished or under way, and the feeder waits with one in its hand.
        Thread.Sleep(100);

        Assert.InRange(counting.Pictures, sampler.BatchSize, (1 + 3 + 1) * sampler.BatchSize);
        Assert.InRange(counting.AtOnce, 1, 2);
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
    public void A_class_of_one_picture_comes_as_two_views_of_it()
    {
        int[] own = [.. Enumerable.Range(0, 30)];
        var sampler = Catalogue.Find("sampler", SamplerCatalogue.All, "balanced")
            .Make(new() { ["classes"] = 6, ["pictures"] = 2 })(new(own, 30, Seed));
        IAugmentation[] augmentations = [.. AugmentationCatalogue.All.Select(m => m.Make(null))];
        var batches = All(new BatchLoader(_pixels, own, sampler, augmentations, 16, Seed, workers: 2, ahead: 2), 0);
        Assert.All(batches, batch =>
        {
            var views = batch.Rgb.Chunk(16 * 16 * 3).ToArray();
            for (var i = 0; i < 12; i += 2)
            {
                Assert.Equal(batch.Labels[i], batch.Labels[i + 1]);
                Assert.NotEqual(views[i], views[i + 1]);
            }
        });
    }

    [Fact]
    public void Without_augmentation_a_batch_holds_the_pictures_themselves()
    {
        var batch = All(Loader(2, augment: false), 0)[0];

        Assert.Equal(10 * 18 * 18 * 3, batch.Rgb.Length);
        var pictures = _labels.Select((l, i) => (Label: (long)l, Rgb: TinyPictures.Rgb(18, l, i))).ToArray();
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

    private sealed class CountingAugmentation : IAugmentation
    {
        private int _pictures;
        private int _under;
        private int _atOnce;

        public int Pictures => Volatile.Read(ref _pictures);

        public int AtOnce => Volatile.Read(ref _atOnce);

        public void Draw(Random random, AugmentationPlan plan)
        {
            Interlocked.Increment(ref _pictures);
            var now = Interlocked.Increment(ref _under);
            for (var most = AtOnce; now > most && Interlocked.CompareExchange(ref _atOnce, now, most) != most; most = AtOnce)
            {
            }

            Thread.Yield();
            Interlocked.Decrement(ref _under);
        }
    }
}
