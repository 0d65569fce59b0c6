using System.Security.Cryptography;

namespace Dml.Embedding.Tests;

public sealed class EmbeddingCacheTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_repeated_picture_gets_the_same_vector_to_the_bit()
    {
        EmbeddingCache cache = new(1_000_000);
        using var embedder = Open(new TinyNetwork(16, 24), cache);
        var file = NoisePicture.Png(1);
        var first = await embedder.EmbedAsync(file, EmbedPriority.Request, Cancel);
        var second = await embedder.EmbedAsync((byte[])[.. file], EmbedPriority.Request, Cancel);
        Assert.Equal(first.Vector, second.Vector);
        Assert.Equal(first.Info, second.Info);
        Assert.Equal((0, 0), (second.DecodeMilliseconds, second.EmbedMilliseconds));

        // What a caller does with its vector is its own affair.
        second.Vector![0] += 1;
        Assert.Equal(first.Vector, (await embedder.EmbedAsync(file, EmbedPriority.Request, Cancel)).Vector);
        Assert.Equal((1, 2L, 1L), (cache.Figures.Entries, cache.Figures.Hits, cache.Figures.Misses));
    }

    [Fact]
    public async Task Neither_background_work_nor_refused_pictures_are_kept()
    {
        EmbeddingCache cache = new(1_000_000);
        using var embedder = Open(new TinyNetwork(16, 24), cache);
        await embedder.EmbedAsync(NoisePicture.Png(1), EmbedPriority.Background, Cancel);
        await embedder.EmbedAsync("text"u8.ToArray(), EmbedPriority.Request, Cancel);
        Assert.Equal(0, cache.Figures.Entries);
    }

    [Fact]
    public async Task Two_embedders_that_share_a_cache_never_get_each_others_vectors()
    {
        EmbeddingCache cache = new(1_000_000);
        using var first = Open(new TinyNetwork(16, 24), cache);
        using var second = Open(new TinyNetwork(8, 24), cache);
        using var alone = Open(new TinyNetwork(8, 24), null);
        var file = NoisePicture.Png(1);
        for (var round = 0; round < 3; round++)
        {
            var ofFirst = (await first.EmbedAsync(file, EmbedPriority.Request, Cancel)).Vector!;
            var ofSecond = (await second.EmbedAsync(file, EmbedPriority.Request, Cancel)).Vector!;
            Assert.Equal((await alone.EmbedAsync(file, EmbedPriority.Request, Cancel)).Vector, ofSecond);
            Assert.NotEqual(ofFirst, ofSecond);
        }

        Assert.Equal((2, 4L), (cache.Figures.Entries, cache.Figures.Hits));
    }

    [Fact]
    public void The_bound_holds_and_what_was_asked_for_last_stays()
    {
        const int Vectors = 100;
        EmbeddingCache cache = new(Vectors * 300);
        var vector = new float[10];
        EmbeddingCache.Key[] keys = [.. Enumerable.Range(0, 10 * Vectors).Select(i => EmbeddingCache.KeyOf("f", BitConverter.GetBytes(i)))];
        foreach (var key in keys)
        {
            cache.Add(key, vector, default);
            Assert.True(cache.TryGet(keys[0], out _, out _));
            Assert.InRange(cache.Figures.Bytes, 1, cache.Figures.CapacityBytes);
        }

        Assert.InRange(cache.Figures.Entries, Vectors / 2, Vectors * 2);
        Assert.True(cache.TryGet(keys[^1], out _, out _));
        Assert.False(cache.TryGet(keys[1], out _, out _));
    }

    [Fact]
    public void A_region_is_another_picture()
    {
        var bytes = RandomNumberGenerator.GetBytes(100);
        var key = EmbeddingCache.KeyOf("f", bytes, new(0.1, 0.2, 0.3, 0.4));

        Assert.Equal(key, EmbeddingCache.KeyOf("f", [.. bytes], new(0.1, 0.2, 0.3, 0.4)));
        Assert.NotEqual(key, EmbeddingCache.KeyOf("f", bytes, new(0.1, 0.2, 0.3, 0.41)));
        Assert.NotEqual(key, EmbeddingCache.KeyOf("f", bytes));
    }

    [Fact]
    public void The_key_is_the_SHA_256_of_all_bytes()
    {
        var bytes = RandomNumberGenerator.GetBytes(1000);
        var key = EmbeddingCache.KeyOf("f", bytes);
        Assert.Equal(key, EmbeddingCache.KeyOf("f", [.. bytes]));
        Assert.NotEqual(key, EmbeddingCache.KeyOf("g", bytes));
        Assert.NotEqual(key, EmbeddingCache.KeyOf("f", bytes.AsSpan(0, 999)));
        byte[] halves = [.. BitConverter.GetBytes(key.FirstHalf), .. BitConverter.GetBytes(key.SecondHalf)];
        // A UInt128 holds its lower half last, so the hash's four words stand swapped in pairs.
        var hash = SHA256.HashData(bytes);
        Assert.Equal((byte[])[.. hash[8..16], .. hash[..8], .. hash[24..], .. hash[16..24]], halves);
    }

    [Fact]
    public async Task Many_threads_get_the_right_vectors_while_the_cache_overflows()
    {
        EmbeddingCache cache = new(50 * 300);
        await Parallel.ForAsync(0, 8, Cancel, (worker, _) =>
        {
            Random random = new(worker);
            for (var i = 0; i < 5000; i++)
            {
                var number = random.Next(200);
                var key = EmbeddingCache.KeyOf("f", BitConverter.GetBytes(number));
                if (cache.TryGet(key, out var vector, out var info))
                {
                    Assert.Equal([number, -number], vector);
                    Assert.Equal(number, info.Width);
                }
                else
                {
                    cache.Add(key, [number, -number], new PictureInfo(PictureFormat.Png, number, 1));
                }
            }

            return ValueTask.CompletedTask;
        });
        var figures = cache.Figures;
        Assert.Equal(8 * 5000, figures.Hits + figures.Misses);
        Assert.InRange(figures.Bytes, 1, figures.CapacityBytes);
        Assert.True(figures.Hits > 0);
    }

    [Fact]
    public async Task Nothing_is_kept_where_there_is_no_room()
    {
        EmbeddingCache cache = new(0);
        using var embedder = Open(new TinyNetwork(16, 24), cache);
        var file = NoisePicture.Png(1);
        var first = await embedder.EmbedAsync(file, EmbedPriority.Request, Cancel);
        Assert.Equal(first.Vector, (await embedder.EmbedAsync(file, EmbedPriority.Request, Cancel)).Vector);
        Assert.Equal(new EmbeddingCacheFigures(0, 0, 0, 0, 0), cache.Figures);
        Assert.Throws<ArgumentOutOfRangeException>(() => new EmbeddingCache(-1));
    }

    private Embedder Open(TinyNetwork network, EmbeddingCache? cache) => Embedder.Open(
        network.WriteTo(Path.Combine(_temporary.Path, $"{network.Side}")), new EmbedderOptions { Workers = 2, Cache = cache });
}
