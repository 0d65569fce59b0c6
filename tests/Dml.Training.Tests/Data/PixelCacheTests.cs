using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Training.Tests.Data;

public class PixelCacheTests
{
    private static readonly Preprocessing Size12 = new() { InputSize = 12 };

    private static LabelledPicture Picture(int n, Func<byte[]>? load = null) =>
        new($"p{n}", "c", load ?? (() => TinyPictures.Png(12, n, 0)));

    [Fact]
    public void Gives_back_what_the_decoder_gave()
    {
        using var folder = new TemporaryFolder();
        using var cache = PixelCache.Open(
            folder.Path, "key", [Picture(0), Picture(1), Picture(2)], Size12, null, TestContext.Current.CancellationToken);
        var rgb = new byte[Size12.PixelBytes];

        for (var i = 2; i >= 0; i--)
        {
            cache.Read(i, rgb);
            Assert.Equal(TinyPictures.Rgb(12, i, 0), rgb);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Read(3, rgb));
    }

    [Fact]
    public void Decodes_once_and_again_when_content_size_or_file_changed()
    {
        using var folder = new TemporaryFolder();
        var decoded = 0;
        LabelledPicture[] pictures = [Picture(0, () =>
            {
                Interlocked.Increment(ref decoded);
                return TinyPictures.Png(12, 0, 0);
            })];
        void Open(string key, Preprocessing size) =>
            PixelCache.Open(folder.Path, key, pictures, size, null, TestContext.Current.CancellationToken).Dispose();

        Open("a", Size12);
        Open("a", Size12);
        Assert.Equal(1, decoded);
        Open("b", Size12);
        Open("b", Size12 with { InputSize = 13 });
        Open("b", Size12 with { Resize = ResizeRule.Pad });
        Assert.Equal(4, decoded);
        foreach (var file in Directory.EnumerateFiles(folder.Path))
        {
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^1]);
        }

        Open("a", Size12);
        Assert.Equal(5, decoded);
    }

    [Fact]
    public void Names_what_cannot_be_decoded_and_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<RecipeException>(() =>
            PixelCache.Open(
                folder.Path, "key", [Picture(0), Picture(1, () => "no picture"u8.ToArray())], Size12, null,
                TestContext.Current.CancellationToken));

        Assert.Contains("p1", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 of 2", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void A_cache_that_is_cut_off_while_in_use_says_so()
    {
        using var folder = new TemporaryFolder();
        using var cache = PixelCache.Open(
            folder.Path, "key", [Picture(0), Picture(1)], Size12, null, TestContext.Current.CancellationToken);
        var file = Assert.Single(Directory.EnumerateFiles(folder.Path));
        using (var cut = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            cut.SetLength(cut.Length - 1);
        }

        Assert.Contains(
            file, Assert.Throws<IOException>(() => cache.Read(1, new byte[Size12.PixelBytes])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_a_picture_whose_file_is_gone()
    {
        using var folder = new TemporaryFolder();
        var gone = folder.File("gone.png");

        var error = Assert.Throws<RecipeException>(() =>
            PixelCache.Open(
                folder.Path, "key", [Picture(0), Picture(1, () => File.ReadAllBytes(gone))], Size12, null,
                TestContext.Current.CancellationToken));

        Assert.Contains("p1", error.Message, StringComparison.Ordinal);
        Assert.Contains(gone, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void Stops_when_told_to_and_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var pictures = Enumerable
            .Range(0, 200)
            .Select(n => Picture(n, () =>
                {
                    stop.Cancel();
                    return TinyPictures.Png(12, n, 0);
                }))
            .ToArray();

        Assert.ThrowsAny<OperationCanceledException>(() => PixelCache.Open(folder.Path, "key", pictures, Size12, null, stop.Token));

        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }
}
