using System.Net;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;

namespace Dml.Api.Tests;

/// <summary>Numbers and names in filters mean what they say, or are refused.</summary>
public sealed class FilterValueTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private TestService _service = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _service = await TestService.StartAsync(_folder);
        (string Id, string Attributes)[] items =
        [
            ("low", """{"price":1.5}"""),
            ("mid", """{"price":15,"size":"1,5"}"""),
            ("high", """{"price":1000}"""),
            ("camera", """{"exif:Make":"Canon","a b":"c","x<y":1,"(":"round","say \"hi\"":"quoted"}"""),
            ("whole", """{"tweet":1234567890123456789}"""),
            ("next", """{"tweet":1234567890123456790}"""),
            ("least", """{"tweet":-9223372036854775808}"""),
        ];
        foreach (var (item, i) in items.Select((item, i) => (item, i)))
        {
            using var answer = await _service.Http.PutAsync(item.Id, Pictures.Blocks(i), attributes: item.Attributes);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("attr.price:1.5", "low")]
    [InlineData("attr.price:1,5", "")]
    [InlineData("attr.size:1,5", "mid")]
    [InlineData("attr.price>1e2", "high")]
    [InlineData("attr.price>=15", "high mid")]
    [InlineData("attr.\"exif:Make\":Canon", "camera")]
    [InlineData("attr.exif:Make:Canon", "")]
    [InlineData("attr.\"a b\":c AND NOT label:none", "camera")]
    [InlineData("attr.\"x<y\">=1", "camera")]
    [InlineData("attr.\"(\":\"round\"", "camera")]
    [InlineData("attr.\"say \\\"hi\\\"\":quoted", "camera")]
    [InlineData("attr.tweet:1234567890123456789", "whole")]
    [InlineData("attr.tweet:1234567890123456790", "next")]
    [InlineData("attr.tweet>1234567890123456789", "next")]
    [InlineData("attr.tweet<=-9223372036854775808", "least")]
    [InlineData("attr.tweet>1234567890123456788.5", "next whole")]
    public async Task A_filter_finds_exactly_its_items(string filter, string expected)
    {
        var hits = (await _service.Client.SearchAsync(Pictures.Blocks(99), new() { Filter = filter, K = 100 }, Cancel)).Hits;
        Assert.Equal(expected, string.Join(' ', hits.Select(hit => hit.Id).Order()));
    }

    [Theory]
    [InlineData("attr.price<=1,5", "1,5")]
    [InlineData("attr.price>1,000", "1,000")]
    [InlineData("attr.price<Infinity", "Infinity")]
    [InlineData("attr.ex\"if\":1", "quote")]
    [InlineData("\"label\":x", "quote")]
    [InlineData("attr.\"open:1", "quote")]
    [InlineData("attr.\"\":1", "attr.")]
    public async Task What_is_not_understood_is_refused(string filter, string named)
    {
        var refused = await Assert.ThrowsAsync<DmlException>(
            () => _service.Client.SearchAsync(Pictures.Blocks(99), new() { Filter = filter }, Cancel));
        Assert.Equal(ProblemCode.BadFilter, refused.Code);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,1")]
    [InlineData("0,5")]
    [InlineData("1,000")]
    public async Task A_least_score_with_a_comma_is_refused(string text)
    {
        using var body = new ByteArrayContent(Pictures.Blocks(1));
        using var answer = await _service.Http.PostAsync($"search?minScore={text}", body, Cancel);
        Assert.Equal((HttpStatusCode.BadRequest, ProblemCode.BadParameter), (answer.StatusCode, await answer.ProblemCodeAsync()));
    }
}
