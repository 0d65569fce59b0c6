using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;

namespace Dml.Api.Tests;

/// <summary>Several examples as one question: pictures and items that are liked, and items that are not.</summary>
public sealed class ExampleTests(FilledService service) : IClassFixture<FilledService>
{
    // As docs/search.md says.
    private const double DislikedPart = 0.15;

    private HttpClient Http => service.Http;

    private DmlClient Client => new(Http);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, new[] { "item-03" }, new string[0])]
    [InlineData(2, new string[0], new string[0])]
    [InlineData(0, new[] { "item-03", "item-14", "item-15" }, new string[0])]
    [InlineData(0, new[] { "item-03" }, new[] { "item-09" })]
    [InlineData(2, new[] { "item-03", "item-14" }, new[] { "item-09", "item-26", "item-53" })]
    public async Task They_find_what_their_mean_finds(int pictures, string[] likes, string[] dislikes)
    {
        byte[][] files = [.. Enumerable.Range(0, pictures).Select(i => Pictures.Blocks(3000 + i))];
        var liked = likes.Select(id => service.Vectors[id]).ToList();
        foreach (var file in files)
        {
            liked.Add(await Http.EmbedAsync(file));
        }

        var question = Mean(liked);
        if (dislikes.Length > 0)
        {
            var away = Mean([.. dislikes.Select(id => service.Vectors[id])]);
            question = [.. question.Zip(away, (near, far) => near - (DislikedPart * far))];
        }

        var length = Math.Sqrt(question.Sum(x => x * x));
        var expected = service.Vectors.Where(pair => !likes.Contains(pair.Key) && !dislikes.Contains(pair.Key))
            .Select(pair => (Id: pair.Key, Score: pair.Value.Zip(question, (a, b) => a * b).Sum() / length))
            .OrderByDescending(pair => pair.Score).ToList();

        var found = await Client.SearchAsync(
            new SearchExamples { Pictures = [.. files.Select(file => (ReadOnlyMemory<byte>)file)], Likes = likes, Dislikes = dislikes },
            new() { K = 60 }, Cancel);

        Assert.Equal(expected.Select(pair => pair.Id), found.Hits.Select(hit => hit.Id));
        Assert.All(expected.Zip(found.Hits), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4));
    }

    [Fact]
    public async Task One_liked_item_finds_what_is_similar_to_it()
    {
        var options = new SearchOptions { K = 7, Filter = "attr.even:true", MinScore = -1 };
        var liked = await Client.SearchAsync(new SearchExamples { Likes = ["item-05"] }, options, Cancel);
        var similar = await Client.SimilarAsync("item-05", options, Cancel);

        Assert.Equal(similar.Hits.Select(hit => (hit.Id, hit.Score)), liked.Hits.Select(hit => (hit.Id, hit.Score)));
        Assert.Equal(7, liked.Hits.Count);
    }

    [Fact]
    public async Task The_region_is_one_of_the_first_example()
    {
        var region = new SearchRegion(0.25, 0.25, 0.5, 0.5);
        var part = await Client.EmbedAsync(Pictures.Blocks(5), region, Cancel);
        var question = Mean([part.Vector, service.Vectors["item-06"]]);
        var expected = service.Vectors.Where(pair => pair.Key is not ("item-05" or "item-06"))
            .OrderByDescending(pair => pair.Value.Zip(question, (a, b) => a * b).Sum()).Select(pair => pair.Key).Take(10);

        var ofItem = await Client.SearchAsync(
            new SearchExamples { Likes = ["item-05", "item-06"] }, new() { Region = region }, Cancel);
        var ofPicture = await Client.SearchAsync(
            new SearchExamples { Pictures = [Pictures.Blocks(5)], Likes = ["item-06"] },
            new() { Region = region, Filter = "NOT attr.number:5" }, Cancel);

        Assert.Equal(expected, ofItem.Hits.Select(hit => hit.Id));
        Assert.Equal(expected, ofPicture.Hits.Select(hit => hit.Id));
    }

    [Theory]
    [InlineData("", 400, ProblemCode.EmptyImage)]
    [InlineData("dislike=item-01", 400, ProblemCode.BadForm)]
    [InlineData("like=item-01 dislike=item-01", 400, ProblemCode.BadForm)]
    [InlineData("like=nobody", 404, ProblemCode.NotFound)]
    [InlineData("like=item-01 dislike=nobody", 404, ProblemCode.NotFound)]
    [InlineData("like=", 404, ProblemCode.NotFound)]
    [InlineData("like=item-01 likes=item-02", 400, ProblemCode.BadForm)]
    public async Task What_is_no_question_is_refused(string fields, int status, string code)
    {
        using var form = new MultipartFormDataContent();
        foreach (var field in fields.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(field => field.Split('=')))
        {
            form.Add(new StringContent(field[1]), field[0]);
        }

        if (fields.Length == 0)
        {
            form.Add(new ByteArrayContent([]), "image", "picture.png");
        }

        using var answer = await Http.PostAsync("search", form, Cancel);
        Assert.Equal((status, code), ((int)answer.StatusCode, await answer.ProblemCodeAsync()));
    }

    [Fact]
    public async Task There_are_sixteen_of_a_kind_at_most()
    {
        string[] ids = [.. Enumerable.Range(0, 16).Select(i => $"item-{i:d2}")];
        Assert.Equal(44, (await Client.SearchAsync(new SearchExamples { Likes = ids }, new() { K = 60 }, Cancel)).Hits.Count);

        var refused = await Assert.ThrowsAsync<DmlException>(
            () => Client.SearchAsync(new SearchExamples { Likes = [.. ids, "item-16"] }, cancel: Cancel));
        Assert.Equal(ProblemCode.BadForm, refused.Code);
    }

    [Fact]
    public async Task A_picture_among_them_that_cannot_be_read_is_refused()
    {
        var refused = await Assert.ThrowsAsync<DmlException>(() => Client.SearchAsync(
            new SearchExamples { Pictures = [Pictures.Blocks(1), "text"u8.ToArray()], Likes = ["item-01"] }, cancel: Cancel));
        Assert.Equal(ProblemCode.NotAnImage, refused.Code);
    }

    private static double[] Mean(List<float[]> vectors) =>
        [.. Enumerable.Range(0, vectors[0].Length).Select(i => vectors.Average(vector => (double)vector[i]))];
}
