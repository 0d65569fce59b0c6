using Dml.Embedding;
using Dml.Embedding.Tests;
using Dml.Embedding.Tests.Pictures;
using Dml.Tests.Shared;

namespace Dml.Demo.Tests;

public class EmojiDrawingsTests
{
    private static readonly Lazy<EmojiDrawings> Emoji =
        new(() => EmojiDrawings.Open(Repository.DemoDrawings));

    public EmojiDrawingsTests() => Assert.SkipWhen(Repository.NoDemoDrawings is not null, Repository.NoDemoDrawings ?? "");

    [Fact]
    public void The_nine_packages_give_the_known_concepts_and_drawings()
    {
        Assert.Equal(1636, Emoji.Value.Concepts.Count);
        Assert.Equal(10661, Emoji.Value.Drawings.Count);
        Assert.Equal(10661, Emoji.Value.Drawings.Select(drawing => drawing.Id).Distinct().Count());
        Assert.Equal(Emoji.Value.Concepts, Emoji.Value.Drawings.Select(drawing => drawing.Concept).Distinct());
        Assert.All(Emoji.Value.Drawings, drawing => Assert.Matches("^[A-Za-z0-9._-]{1,128}$", drawing.Id));
        Assert.All(Emoji.Value.Drawings.GroupBy(drawing => drawing.Concept), group => Assert.InRange(group.Count(), 4, 9));
        Assert.DoesNotContain(Emoji.Value.Drawings, drawing => drawing.Id.Contains("skin-tone", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_set_says_whom_to_credit()
    {
        Assert.Equal(9, Emoji.Value.Sets.Count);
        Assert.All(Emoji.Value.Sets, set => Assert.All([set.Title, set.Author, set.License], Assert.NotEmpty));
        var noto = Assert.Single(Emoji.Value.Sets, set => set.Name == "noto");
        Assert.Equal(("Noto Emoji", "Apache 2.0"), (noto.Title, noto.License));
    }

    [Fact]
    public void A_red_apple_is_red_on_white()
    {
        var apple = Assert.Single(Emoji.Value.Drawings, drawing => drawing.Id == "noto.red-apple");
        Assert.Equal(("red-apple", "noto"), (apple.Concept, apple.Set));
        var png = apple.RenderPng(96);
        Assert.True(PictureDecoder.TryProbe(png, 96 * 96, out var info, out _));
        Assert.Equal(new PictureInfo(PictureFormat.Png, 96, 96), info);
        var rgb = Pixels.OfFile(png);
        Assert.Equal(Colour.White, Colour.At(rgb, 96, 1, 1));
        var middle = Colour.At(rgb, 96, 48, 60);
        Assert.True(middle.Red > 180 && middle.Green < 120 && middle.Blue < 90, $"{middle}");
        using var direct = apple.Render(96);
        Assert.Equal(Pixels.Of(direct), rgb);
    }

    [Fact]
    public void Drawings_without_colour_are_black()
    {
        var drawing = Emoji.Value.Drawings.First(one => one.Set == "emojione-monotone");
        using var image = drawing.Render(64);
        var rgb = Pixels.Of(image);
        Assert.Contains((byte)0, rgb);
        Assert.All(rgb.Chunk(3), pixel => Assert.True(pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    }

    [Fact]
    public void Every_set_draws_something_and_threads_do_not_disturb_each_other()
    {
        var sets = Emoji.Value.Drawings.GroupBy(drawing => drawing.Set);
        EmojiDrawing[] sample = [.. sets.SelectMany(set => set.Where((_, i) => i % 100 == 7))];
        byte[][] alone = [.. sample.Select(drawing => drawing.RenderPng(32))];
        var together = new byte[sample.Length][];
        var jpeg = Quadrants.File(PictureFormat.Jpeg);
        Parallel.For(0, sample.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            together[i] = sample[i].RenderPng(32);
            Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(jpeg), 8);
        });
        Assert.Equal(alone, together);
        Assert.All(alone.Zip(sample), pair =>
        {
            var rgb = Pixels.OfFile(pair.First);
            Assert.True(rgb.Count(value => value < 200) > 50, $"{pair.Second.Id} is nearly empty");
        });
    }

    [Fact]
    public void A_missing_package_is_named()
    {
        using TemporaryFolder folder = new();
        var missing = Assert.Throws<DirectoryNotFoundException>(() => EmojiDrawings.Open(folder.Path));
        Assert.Contains("npm ci", missing.Message, StringComparison.Ordinal);
    }
}
