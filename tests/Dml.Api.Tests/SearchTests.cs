using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Tests;

public sealed class SearchTests(FilledService service) : IClassFixture<FilledService>
{
    private HttpClient Http => service.Http;

    [Theory]
    [InlineData(PictureFormat.Png)]
    [InlineData(PictureFormat.Jpeg)]
    [InlineData(PictureFormat.WebP)]
    public async Task A_picture_finds_itself(PictureFormat format)
    {
        using var form = Calls.Form(Pictures.Blocks(7, format, 52, 52));
        using var answer = await Http.PostAsync("search?k=3", form, TestContext.Current.CancellationToken);
        var found = (await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!;

        Assert.Equal("item-07", found.Ids()[0]);
        Assert.InRange((float)found["hits"]![0]!["score"]!, 0.95f, 1f);
        Assert.Equal(1, (int)found["generation"]!);
        Assert.Equal("tiny", (string)found["model"]!);
        Assert.Equal(64, ((string)found["fingerprint"]!).Length);
        Assert.Equal("/items/item-07/image", (string)found["hits"]![0]!["imageUrl"]!);
        Assert.Equal("item 7", (string)found["hits"]![0]!["attributes"]!["name"]!);
        Assert.True((double)found["took"]!["decodeMs"]! > 0);
        Assert.True((double)found["took"]!["embedMs"]! > 0);
        Assert.True((double)found["took"]!["searchMs"]! > 0);
        Assert.Contains("search;dur=", answer.Headers.GetValues("Server-Timing").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hits_are_the_nearest_by_brute_force()
    {
        var query = await Http.EmbedAsync(Pictures.Blocks(1000));
        var expected = service.Vectors
            .Select(pair => (Id: pair.Key, Score: pair.Value.Zip(query, (a, b) => (double)a * b).Sum()))
            .OrderByDescending(pair => pair.Score)
            .Take(20)
            .ToList();

        var found = await Http.SearchAsync(Pictures.Blocks(1000), "?k=20");

        Assert.Equal(expected.Select(pair => pair.Id), found.Ids());
        Assert.All(expected.Zip(found["hits"]!.AsArray()), pair => Assert.Equal(pair.First.Score, (double)pair.Second!["score"]!, 1e-4));
    }

    [Fact]
    public async Task Similar_leaves_the_item_itself_out()
    {
        var similar = await Http.GetObjectAsync("items/item-05/similar?k=59");
        var search = await Http.SearchAsync(Pictures.Blocks(5), "?k=60");

        Assert.Equal(search.Ids().Skip(1), similar.Ids());
        Assert.Equal("item-05", search.Ids()[0]);
    }

    [Fact]
    public async Task A_vector_of_any_length_finds_the_same_as_its_picture()
    {
        var vector = (await Http.EmbedAsync(Pictures.Blocks(11))).Select(x => x * 3).ToArray();
        using var answer = await Http.PostAsJsonAsync("search/vector?k=5", new { vector }, TestContext.Current.CancellationToken);
        var byVector = (await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!;

        Assert.Equal((await Http.SearchAsync(Pictures.Blocks(11), "?k=5")).Ids(), byVector.Ids());
    }

    [Fact]
    public async Task The_client_searches_by_vector()
    {
        var client = new DmlClient(Http);
        var embedded = await client.EmbedAsync(Pictures.Blocks(11), TestContext.Current.CancellationToken);
        var options = new SearchOptions { K = 5, Filter = "attr.even:false" };

        var byVector = await client.SearchVectorAsync(embedded.Vector, options, TestContext.Current.CancellationToken);
        var byPicture = await client.SearchAsync(Pictures.Blocks(11), options, TestContext.Current.CancellationToken);

        Assert.Equal(("item-11", 5, 0d), (byVector.Hits[0].Id, byVector.Hits.Count, byVector.Took.EmbedMs));
        Assert.Equal(byPicture.Hits.Select(hit => hit.Id), byVector.Hits.Select(hit => hit.Id));
        var refused = await Assert.ThrowsAsync<DmlException>(
            () => client.SearchVectorAsync([1, 2, 3], cancel: TestContext.Current.CancellationToken));
        Assert.Equal((HttpStatusCode.BadRequest, ProblemCode.WrongDimension), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task Embeddings_are_unit_vectors()
    {
        Assert.All(service.Vectors.Values, vector => Assert.Equal(1, vector.Sum(x => (double)x * x), 1e-4));
        using var body = new ByteArrayContent(Pictures.Blocks(1));
        using var answer = await Http.PostAsync("embed", body, TestContext.Current.CancellationToken);
        var embedded = (await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!;
        Assert.Equal(TinyEmbedder.Dimension, (int)embedded["dimension"]!);
        Assert.Equal("tiny", (string)embedded["model"]!);
    }

    [Fact]
    public async Task Effort_reaches_the_index()
    {
        using var folder = new TestFolder();
        await using var filled = await TestService.StartAsync(folder);
        for (var i = 0; i < 3; i++)
        {
            using var put = await filled.Http.PutAsync($"i{i}", Pictures.Blocks(i));
        }

        var index = FailingIndex.Of(filled);
        var vector = await filled.Http.EmbedAsync(Pictures.Blocks(1));
        var cancel = TestContext.Current.CancellationToken;
        Func<SearchOptions?, Task<SearchResponse>>[] searches =
        [
            options => filled.Client.SearchAsync(Pictures.Blocks(1), options, cancel),
            options => filled.Client.SearchVectorAsync(vector, options, cancel),
            options => filled.Client.SimilarAsync("i1", options, cancel),
        ];
        foreach (var search in searches)
        {
            var usual = await search(null);
            Assert.Equal(1, index.Asked!.Effort);
            foreach (var effort in new[] { 1, 5, 16 })
            {
                var hits = (await search(new SearchOptions { Effort = effort })).Hits;
                Assert.Equal(effort, index.Asked!.Effort);
                Assert.Equal(usual.Hits.Select(hit => hit.Id), hits.Select(hit => hit.Id));
            }

            var refused = await Assert.ThrowsAsync<DmlException>(() => search(new SearchOptions { Effort = 17 }));
            Assert.Equal((HttpStatusCode.BadRequest, ProblemCode.BadParameter), (refused.Status, refused.Code));
            Assert.Contains("effort is 17; expected 1 to 16", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Min_score_cuts_the_tail()
    {
        var all = await Http.SearchAsync(Pictures.Blocks(3), "?k=60");
        var scores = all["hits"]!.AsArray().Select(hit => (float)hit!["score"]!).ToList();
        var border = (scores[9] + scores[10]) / 2;

        Assert.Equal(10, (await Http.SearchAsync(Pictures.Blocks(3), $"?k=60&minScore={border:r}")).Ids().Length);
        Assert.Equal(scores.OrderDescending(), scores);
    }

    [Theory]
    [InlineData("label:\"label 1\"", 20)]
    [InlineData("label:none", 0)]
    [InlineData("attr.number<=20", 21)]
    [InlineData("attr.number:20", 1)]
    [InlineData("attr.even:true AND attr.number<10", 5)]
    [InlineData("NOT attr.even:true", 30)]
    [InlineData("NOT attr.absent:1", 60)]
    [InlineData("attr.number<5 OR attr.number>=55 AND attr.even:false", 8)]
    [InlineData("(attr.number<5 OR attr.number>=55) AND attr.even:false", 5)]
    [InlineData("attr.name:\"item 7\"", 1)]
    public async Task A_filter_lets_exactly_its_items_through(string filter, int count)
    {
        var found = await Http.SearchAsync(Pictures.Blocks(2000), $"?k=100&filter={Uri.EscapeDataString(filter)}");
        Assert.Equal(count, found.Ids().Length);
    }

    [Fact]
    public async Task A_filter_keeps_the_order_and_fills_up_to_k()
    {
        var all = await Http.SearchAsync(Pictures.Blocks(2000), "?k=60");
        var expected = all["hits"]!.AsArray().Where(hit => (string)hit!["label"]! == "label 2").Select(hit => (string)hit!["id"]!).Take(7);

        Assert.Equal(expected, (await Http.SearchAsync(Pictures.Blocks(2000), "?k=7&filter=label:%22label%202%22")).Ids());
    }
}
