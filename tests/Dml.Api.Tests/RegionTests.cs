using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Tests;

/// <summary>A search with a part of a picture: of an uploaded one, and of an item's.</summary>
public sealed class RegionTests(FilledService service) : IClassFixture<FilledService>
{
    private static readonly SearchRegion RightHalf = new(0.5, 0, 0.5, 1);

    private HttpClient Http => service.Http;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_part_finds_what_the_whole_does_not()
    {
        var client = new DmlClient(Http);
        var both = Beside(7, 23);

        var whole = await client.SearchAsync(both, new() { K = 60 }, Cancel);
        var right = await client.SearchAsync(both, new() { K = 60, Region = RightHalf }, Cancel);
        var left = await client.SearchAsync(both, new() { K = 60, Region = new(0, 0, 0.5, 1) }, Cancel);

        Assert.Equal(("item-07", "item-23"), (left.Hits[0].Id, right.Hits[0].Id));
        Assert.All(new[] { left, right }, answer => Assert.InRange(answer.Hits[0].Score, 0.999f, 1f));
        Assert.True(whole.Hits[0].Score < 0.999f, $"{whole.Hits[0].Score}");
        Assert.True(right.Took is { DecodeMs: > 0, EmbedMs: > 0 }, $"{right.Took}");
        // From the cache, each part its own.
        var again = await client.SearchAsync(both, new() { K = 60, Region = RightHalf }, Cancel);
        Assert.Equal((0d, "item-23"), (again.Took.EmbedMs, again.Hits[0].Id));
        var all = await client.SearchAsync(both, new() { K = 60, Region = new(0, 0, 1, 1) }, Cancel);
        Assert.Equal(whole.Hits[0].Score, all.Hits[0].Score);
    }

    [Fact]
    public async Task A_part_is_embedded_like_a_picture_of_it()
    {
        var client = new DmlClient(Http);
        var part = await client.EmbedAsync(Beside(11, 29), RightHalf, Cancel);
        var picture = await client.EmbedAsync(Pictures.Blocks(29), Cancel);

        Assert.Equal(1, part.Vector.Zip(picture.Vector, (a, b) => (double)a * b).Sum(), 1e-4);
    }

    [Fact]
    public async Task A_part_of_an_item_finds_as_a_part_of_its_picture()
    {
        var client = new DmlClient(Http);
        var region = new SearchRegion(0.25, 0.25, 0.5, 0.5);

        var ofItem = await client.SimilarAsync("item-05", new() { K = 59, Region = region }, Cancel);
        var ofPicture = await client.SearchAsync(Pictures.Blocks(5), new() { K = 60, Region = region }, Cancel);
        var ofWhole = await client.SimilarAsync("item-05", new() { K = 59 }, Cancel);

        Assert.Equal(ofPicture.Hits.Select(hit => hit.Id).Where(id => id != "item-05"), ofItem.Hits.Select(hit => hit.Id));
        Assert.NotEqual(ofWhole.Hits.Select(hit => hit.Score), ofItem.Hits.Select(hit => hit.Score));
        var all = await client.SimilarAsync("item-05", new() { K = 59, Region = new(0, 0, 1, 1) }, Cancel);
        Assert.Equal((0d, ofWhole.Hits[0].Score), (all.Took.EmbedMs, all.Hits[0].Score));
    }

    [Fact]
    public async Task A_part_of_a_lost_picture_says_so()
    {
        using var folder = new TestFolder();
        await using var other = await TestService.StartAsync(folder);
        var item = await other.Client.PutItemAsync("lost", Pictures.Blocks(1), cancel: Cancel);
        File.Delete(Directory.GetFiles(folder.Data, item.Sha256, SearchOption.AllDirectories).Single());

        var refused = await Assert.ThrowsAsync<DmlException>(() => other.Client.SimilarAsync("lost", new() { Region = RightHalf }, Cancel));

        Assert.Equal(ProblemCode.DamagedPicture, refused.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0,0,1")]
    [InlineData("0,0,1,1,1")]
    [InlineData("0;0;1;1")]
    [InlineData("0,0,one,1")]
    [InlineData("0,0,NaN,1")]
    [InlineData("0,0,1,Infinity")]
    [InlineData("0,0,1,1e400")]
    [InlineData("0.6,0,0.5,1")]
    [InlineData("-0.1,0,0.5,1")]
    [InlineData("0,0,0.001,1")]
    [InlineData("0,0,0,0")]
    public async Task Anything_else_is_refused(string region)
    {
        var query = $"region={Uri.EscapeDataString(region)}";
        using var search = await Http.PostAsync($"search?{query}", new ByteArrayContent(Pictures.Blocks(1)), Cancel);
        using var embed = await Http.PostAsync($"embed?{query}", new ByteArrayContent(Pictures.Blocks(1)), Cancel);
        using var similar = await Http.GetAsync($"items/item-01/similar?{query}", Cancel);
        foreach (var answer in new[] { search, embed, similar })
        {
            Assert.Equal(400, (int)answer.StatusCode);
            Assert.Equal(ProblemCode.BadParameter, await answer.ProblemCodeAsync());
        }
    }

    // Two of the catalogue's pictures beside each other.
    private static byte[] Beside(int left, int right)
    {
        const int Side = 48;
        Preprocessing exact = new() { InputSize = Side };
        var (one, other) = (new byte[exact.PixelBytes], new byte[exact.PixelBytes]);
        Assert.True(PictureDecoder.TryDecode(Pictures.Blocks(left), exact, long.MaxValue, one, out _));
        Assert.True(PictureDecoder.TryDecode(Pictures.Blocks(right), exact, long.MaxValue, other, out _));
        var rgb = new byte[one.Length * 2];
        for (var y = 0; y < Side; y++)
        {
            one.AsSpan(y * Side * 3, Side * 3).CopyTo(rgb.AsSpan(y * Side * 6));
            other.AsSpan(y * Side * 3, Side * 3).CopyTo(rgb.AsSpan((y * Side * 6) + (Side * 3)));
        }

        using var image = VipsImage.FromRgb(rgb, Side * 2, Side);
        return image.Encode(PictureFormat.Png);
    }
}
