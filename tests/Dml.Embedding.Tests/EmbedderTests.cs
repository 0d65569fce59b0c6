using Dml.Embedding.Tests.Pictures;
using Dml.Tests.Shared;

namespace Dml.Embedding.Tests;

public sealed class EmbedderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly TinyNetwork _network = new(16, 24);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_picture_becomes_what_the_formula_says()
    {
        Preprocessing preprocessing = new() { InputSize = 16, Mean = [0.4f, 0.5f, 0.6f], Std = [0.2f, 0.3f, 0.4f] };
        using var embedder = Open(preprocessing: preprocessing);
        var file = Quadrants.File(PictureFormat.Png);
        var result = await embedder.EmbedAsync(file, Cancel);

        var rgb = new byte[preprocessing.PixelBytes];
        Assert.True(PictureDecoder.TryDecode(file, preprocessing, 1_000_000, rgb, out _));
        var chw = new float[rgb.Length];
        preprocessing.Normalize(rgb, chw);
        AssertNear(_network.Embed(chw), result.Vector);
        Assert.Null(result.Error);
        Assert.Equal(new PictureInfo(PictureFormat.Png, 120, 80), result.Info);
        Assert.True(result.DecodeMilliseconds > 0 && result.EmbedMilliseconds > 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(32)]
    public void Batches_of_pixels(int batch)
    {
        using var embedder = Open();
        Random random = new(batch);
        var pixels = new float[batch * 3 * 16 * 16];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (float)((random.NextDouble() * 4) - 2);
        }

        var vectors = new float[batch * 24];
        embedder.EmbedPixels(pixels, batch, vectors);
        for (var row = 0; row < batch; row++)
        {
            AssertNear(_network.Embed(pixels.AsSpan(row * 768, 768)), vectors.AsSpan(row * 24, 24).ToArray());
        }

        Assert.Throws<ArgumentException>(() => embedder.EmbedPixels(pixels.AsSpan(1), batch, vectors));
        Assert.Throws<ArgumentException>(() => embedder.EmbedPixels(pixels, batch, vectors.AsSpan(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => embedder.EmbedPixels([], 0, []));
    }

    [Fact]
    public async Task Two_hundred_at_once_get_what_they_get_alone()
    {
        using var embedder = Open(new EmbedderOptions { Workers = 4, QueueCapacity = 16 });
        byte[][] files = [.. Enumerable.Range(0, 20).Select(Noise)];
        var alone = new float[20][];
        for (var i = 0; i < 20; i++)
        {
            alone[i] = (await embedder.EmbedAsync(files[i], Cancel)).Vector!;
        }

        var together = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => embedder.EmbedAsync(files[i % 20], Cancel).AsTask()));
        for (var i = 0; i < 200; i++)
        {
            AssertNear(alone[i % 20], together[i].Vector);
        }

        Assert.Equal(0, embedder.QueueLength);
    }

    [Fact]
    public async Task Refused_pictures_are_results_and_do_not_stop_the_worker()
    {
        using var embedder = Open(new EmbedderOptions { Workers = 1, MaxPixels = 9600 });
        var good = Quadrants.File(PictureFormat.Jpeg);
        Assert.Equal(PictureProblem.Empty, (await embedder.EmbedAsync(default, Cancel)).Error!.Problem);
        Assert.Equal(PictureProblem.NotAPicture, (await embedder.EmbedAsync("text"u8.ToArray(), Cancel)).Error!.Problem);
        Assert.Equal(PictureProblem.Damaged, (await embedder.EmbedAsync(good.AsMemory(0, good.Length / 2), Cancel)).Error!.Problem);
        var large = await embedder.EmbedAsync(Quadrants.File(PictureFormat.Jpeg, 121, 80), Cancel);
        Assert.Equal((PictureProblem.TooManyPixels, 121), (large.Error!.Problem, large.Info.Width));
        Assert.Null(large.Vector);
        Assert.NotNull((await embedder.EmbedAsync(good, Cancel)).Vector);
    }

    [Fact]
    public async Task Waiting_pictures_can_be_cancelled_and_are_counted()
    {
        using var embedder = Open(new EmbedderOptions { Workers = 1, QueueCapacity = 4 });
        var file = Quadrants.File(PictureFormat.Jpeg);
        GatedPicture gated = new(file);
        var busy = embedder.EmbedAsync(gated.Picture, Cancel).AsTask();
        gated.Reached.Wait(Cancel);

        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        // More than the queue holds, so some wait in it and some to get into it.
        Task<EmbedResult>[] waiting = [.. Enumerable.Range(0, 10).Select(_ => embedder.EmbedAsync(file, source.Token).AsTask())];
        Assert.Equal(10, embedder.QueueLength);
        await source.CancelAsync();
        foreach (var task in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }

        Assert.False(busy.IsCompleted);
        gated.Gate.Set();
        Assert.NotNull((await busy).Vector);
        Assert.NotNull((await embedder.EmbedAsync(file, Cancel)).Vector);
        Assert.Equal(0, embedder.QueueLength);
    }

    [Fact]
    public async Task A_request_that_finds_the_queue_full_is_refused_at_once()
    {
        using var embedder = Open(new EmbedderOptions { Workers = 1, QueueCapacity = 4 });
        var file = Quadrants.File(PictureFormat.Jpeg);
        GatedPicture gated = new(file);
        var busy = embedder.EmbedAsync(gated.Picture, EmbedPriority.Request, Cancel).AsTask();
        gated.Reached.Wait(Cancel);

        Task<EmbedResult>[] waiting =
            [.. Enumerable.Range(0, 4).Select(_ => embedder.EmbedAsync(file, EmbedPriority.Request, Cancel).AsTask())];
        var refused = await embedder.EmbedAsync(file, EmbedPriority.Request, Cancel);
        Assert.Equal(PictureProblem.Busy, refused.Error!.Problem);
        Assert.Null(refused.Vector);
        Assert.Equal(4, embedder.QueueLength);

        gated.Gate.Set();
        Assert.All(await Task.WhenAll([busy, .. waiting]), result => Assert.NotNull(result.Vector));
        Assert.NotNull((await embedder.EmbedAsync(file, EmbedPriority.Request, Cancel)).Vector);
    }

    [Fact]
    public async Task Cancelling_a_picture_that_a_worker_reads_waits_for_the_worker()
    {
        using var embedder = Open(new EmbedderOptions { Workers = 1 });
        GatedPicture gated = new(Quadrants.File(PictureFormat.Jpeg));
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var busy = embedder.EmbedAsync(gated.Picture, source.Token).AsTask();
        gated.Reached.Wait(Cancel);
        await source.CancelAsync();
        Assert.False(busy.IsCompleted);
        gated.Gate.Set();
        Assert.NotNull((await busy).Vector);
    }

    [Theory]
    [InlineData(EmbedPriority.Request)]
    [InlineData(EmbedPriority.Background)]
    public async Task A_caller_does_not_wait_for_the_pictures_of_another(EmbedPriority priority)
    {
        using var embedder = Open(new EmbedderOptions { Workers = 1 });
        var file = Quadrants.File(PictureFormat.Jpeg);
        GatedPicture[] gated = [.. Enumerable.Range(0, 8).Select(_ => new GatedPicture(file))];
        Task<EmbedResult>[] held =
            [.. gated.Select(one => embedder.EmbedAsync(one.Picture, priority, "many", region: null, Cancel).AsTask())];
        gated[0].Reached.Wait(Cancel);

        var other = await embedder.EmbedAsync(file, priority, "few", region: null, Cancel).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.NotNull(other.Vector);
        Assert.All(held, task => Assert.False(task.IsCompleted));
        Array.ForEach(gated, one => one.Gate.Set());
        Assert.All(await Task.WhenAll(held), result => Assert.NotNull(result.Vector));
    }

    [Fact]
    public async Task A_decoded_picture_does_not_wait_for_one_that_takes_long()
    {
        using var embedder = Open(new EmbedderOptions { Workers = 1 });
        var file = Quadrants.File(PictureFormat.Jpeg);
        GatedPicture gated = new(file);
        var busy = embedder.EmbedAsync(gated.Picture, EmbedPriority.Request, Cancel).AsTask();
        gated.Reached.Wait(Cancel);
        // Both come while the worker is busy, so it takes both after it.
        var light = embedder.EmbedAsync(file, EmbedPriority.Request, Cancel).AsTask();
        var heavy = embedder.EmbedAsync(Large(0), EmbedPriority.Request, Cancel).AsTask();
        gated.Gate.Set();
        await Task.WhenAll(busy, light, heavy);
        // Pictures of one run have the time of that run.
        Assert.NotEqual((await light).EmbedMilliseconds, (await heavy).EmbedMilliseconds);
    }

    [Fact]
    public async Task More_large_pictures_than_workers_are_all_embedded()
    {
        using var embedder = Open(new EmbedderOptions { Workers = 2 });
        byte[][] files = [.. Enumerable.Range(0, 4).Select(Large)];
        var alone = new float[files.Length][];
        for (var i = 0; i < files.Length; i++)
        {
            alone[i] = (await embedder.EmbedAsync(files[i], Cancel)).Vector!;
        }

        var together = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => embedder.EmbedAsync(
            files[i % 4], i % 2 == 0 ? EmbedPriority.Request : EmbedPriority.Background, $"caller {i % 5}", region: null, Cancel)
            .AsTask()));
        for (var i = 0; i < together.Length; i++)
        {
            AssertNear(alone[i % 4], together[i].Vector);
        }

        Assert.Equal(0, embedder.QueueLength);
    }

    [Fact]
    public async Task Dispose_finishes_what_is_queued_and_refuses_the_rest()
    {
        var embedder = Open(new EmbedderOptions { Workers = 1, QueueCapacity = 6 });
        var file = Quadrants.File(PictureFormat.Jpeg);
        GatedPicture gated = new(file);
        var busy = embedder.EmbedAsync(gated.Picture, Cancel).AsTask();
        gated.Reached.Wait(Cancel);
        Task<EmbedResult>[] tasks = [.. Enumerable.Range(0, 20).Select(_ => embedder.EmbedAsync(file, Cancel).AsTask())];

        var disposing = Task.Run(embedder.Dispose, Cancel);
        await Eventually.BeAsync(() => IsDisposed(embedder), "it takes no more pictures", Cancel);
        Assert.False(disposing.IsCompleted);
        gated.Gate.Set();
        await disposing;
        embedder.Dispose();
        Assert.NotNull((await busy).Vector);
        var done = 0;
        var refused = 0;
        foreach (var task in tasks)
        {
            try
            {
                Assert.NotNull((await task.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Vector);
                done++;
            }
            catch (ObjectDisposedException)
            {
                refused++;
            }
        }

        Assert.Equal(20, done + refused);
        Assert.InRange(done, 6, 20);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => embedder.EmbedAsync(file, Cancel).AsTask());
    }

    private Embedder Open(EmbedderOptions? options = null, Preprocessing? preprocessing = null) =>
        Embedder.Open(_network.WriteTo(_temporary.Path, preprocessing), options);

    private static byte[] Noise(int seed)
    {
        var rgb = new byte[40 * 30 * 3];
        new Random(seed).NextBytes(rgb);
        using var image = VipsImage.FromRgb(rgb, 40, 30);
        return image.Encode((PictureFormat)(seed % 3));
    }

    // Above the number of pixels that is decoded soon.
    private static byte[] Large(int seed)
    {
        const int Side = 1500;
        var rgb = new byte[Side * Side * 3];
        new Random(seed).NextBytes(rgb.AsSpan(0, rgb.Length / 50));
        using var image = VipsImage.FromRgb(rgb, Side, Side);
        return image.Encode(PictureFormat.Jpeg);
    }

    private static bool IsDisposed(Embedder embedder)
    {
        try
        {
            embedder.EmbedPixels([], 1, []);
            return false;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private static void AssertNear(float[] expected, float[]? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        Assert.Equal(1, Math.Sqrt(actual.Sum(value => (double)value * value)), 1e-5);
    }
}
