using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;

namespace Dml.Api.Tests;

/// <summary>Writes that take place only if nobody was faster (RFC 9110, 13).</summary>
public sealed class ConditionTests(LimitedService service) : IClassFixture<LimitedService>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Http => service.Http;

    [Fact]
    public async Task An_item_is_only_added_if_there_is_none()
    {
        Assert.Equal((201, null), await SendAsync("PUT", "new", ("If-None-Match", "*")));
        Assert.Equal((412, "changed"), await SendAsync("PUT", "new", ("If-None-Match", "*")));
        Assert.Equal((200, null), await SendAsync("PUT", "new"));
        Assert.Equal((412, "changed"), await SendAsync("PUT", "nowhere", ("If-Match", "*")));
        Assert.Equal((412, "changed"), await SendAsync("DELETE", "nowhere", ("If-Match", "*")));
        using var there = await Http.GetAsync("items/nowhere", Cancel);
        Assert.Equal(404, (int)there.StatusCode);
    }

    [Fact]
    public async Task A_write_on_what_was_read_fails_when_it_has_changed_since()
    {
        Assert.Equal((201, null), await SendAsync("PUT", "shared"));
        var first = await TagAsync("shared");
        Assert.Equal((200, null), await SendAsync("PATCH", "shared", ("If-Match", first)));
        var second = await TagAsync("shared");
        Assert.NotEqual(first, second);
        foreach (var method in new[] { "PUT", "PATCH", "DELETE" })
        {
            Assert.Equal((412, "changed"), await SendAsync(method, "shared", ("If-Match", first)));
            // A weak tag never matches strongly, and a tag that is none is no condition.
            Assert.Equal((412, "changed"), await SendAsync(method, "shared", ("If-Match", $"W/{second}")));
            Assert.Equal((400, "bad-request"), await SendAsync(method, "shared", ("If-Match", "x y")));
        }

        Assert.Equal(second, await TagAsync("shared"));
        Assert.Equal((200, null), await SendAsync("PUT", "shared", ("If-Match", $"\"other\", {second}")));
        // The same picture with the same fields is a new version all the same; the picture's own tag has not changed.
        Assert.Equal((412, "changed"), await SendAsync("DELETE", "shared", ("If-Match", second)));
        using var image = await Http.GetAsync("items/shared/image", Cancel);
        Assert.Equal((204, null), await SendAsync("DELETE", "shared", ("If-Match", image.Headers.ETag!.ToString())));
    }

    [Fact]
    public async Task The_client_writes_on_conditions_too()
    {
        var client = new DmlClient(Http);
        var item = await client.PutItemAsync("client", Pictures.Blocks(1), null, ItemMatch.None, Cancel);
        var refused = await Assert.ThrowsAsync<DmlException>(
            () => client.PutItemAsync("client", Pictures.Blocks(2), null, ItemMatch.None, Cancel));
        Assert.Equal(ProblemCode.Changed, refused.Code);
        Assert.Equal(item.Version, (await client.FindItemAsync("client", Cancel))!.Version);
        var patched = await client.PatchItemAsync("client", new JsonObject { ["label"] = "seen" }, ItemMatch.Of(item), Cancel);
        await Assert.ThrowsAsync<DmlException>(() => client.DeleteItemAsync("client", ItemMatch.Of(item), Cancel));
        Assert.True(await client.DeleteItemAsync("client", ItemMatch.Of(patched), Cancel));
    }

    [Fact]
    public async Task Of_writes_at_once_on_one_version_one_succeeds()
    {
        Assert.Equal((201, null), await SendAsync("PUT", "raced"));
        var tag = await TagAsync("raced");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => SendAsync("PUT", "raced", ("If-Match", tag))));
        Assert.Equal(1, answers.Count(answer => answer.Status == 200));
        Assert.Equal(11, answers.Count(answer => answer == (412, "changed")));
        var added = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => SendAsync("PUT", "raced-new", ("If-None-Match", "*"))));
        Assert.Equal(1, added.Count(answer => answer.Status == 201));
    }

    [Fact]
    public async Task An_item_that_is_known_is_not_sent_again()
    {
        Assert.Equal((201, null), await SendAsync("PUT", "known"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "items/known");
        request.Headers.TryAddWithoutValidation("If-None-Match", await TagAsync("known"));
        using var answer = await Http.SendAsync(request, Cancel);
        Assert.Equal(304, (int)answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task A_range_of_an_unknown_unit_is_ignored()
    {
        Assert.Equal((201, null), await SendAsync("PUT", "ranged"));
        foreach (var (range, status) in new[] { ("items=0-3", 200), ("bytes=0-3", 206) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "items/ranged/image");
            request.Headers.TryAddWithoutValidation("Range", range);
            using var answer = await Http.SendAsync(request, Cancel);
            Assert.Equal((range, status), (range, (int)answer.StatusCode));
        }
    }

    private async Task<string> TagAsync(string id)
    {
        using var answer = await Http.GetAsync($"items/{id}", Cancel);
        return answer.Headers.ETag!.ToString();
    }

    private async Task<(int Status, string? Code)> SendAsync(string method, string id, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"items/{id}");
        request.Content = method switch
        {
            "PUT" => Calls.Form(Pictures.Blocks(1)),
            "PATCH" => new StringContent("{\"label\":\"seen\"}", System.Text.Encoding.UTF8, "application/json"),
            _ => null,
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await Http.SendAsync(request, Cancel);
        return ((int)answer.StatusCode, answer.IsSuccessStatusCode ? null : await answer.ProblemCodeAsync());
    }
}
