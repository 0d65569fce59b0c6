using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Client;

namespace Dml.Api.Tests;

public sealed class ItemTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private TestService _service = null!;

    private HttpClient Http => _service.Http;

    public async ValueTask InitializeAsync() => _service = await TestService.StartAsync(_folder);

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Put_adds_then_replaces()
    {
        using var added = await Http.PutAsync("a.b-c_D9", Pictures.Blocks(1), "first", """{"set":"x","price":2.5,"new":true}""");
        Assert.Equal(201, (int)added.StatusCode);
        Assert.Equal("/items/a.b-c_D9", added.Headers.Location!.OriginalString);
        Assert.Equal("a.b-c_D9", (await Http.SearchAsync(Pictures.Blocks(1), "?k=1")).Ids().Single());

        using var replaced = await Http.PutAsync("a.b-c_D9", Pictures.Blocks(2), "second");
        Assert.Equal(200, (int)replaced.StatusCode);

        var item = await Http.GetObjectAsync("items/a.b-c_D9");
        Assert.Equal("second", (string)item["label"]!);
        Assert.Empty(item["attributes"]!.AsObject());
        Assert.Equal(("image/png", 48, 48), ((string)item["contentType"]!, (int)item["width"]!, (int)item["height"]!));
        var hit = (await Http.SearchAsync(Pictures.Blocks(2), "?k=1"))["hits"]![0]!;
        Assert.Equal(1, (float)hit["score"]!, 1e-4);
        Assert.True((float)(await Http.SearchAsync(Pictures.Blocks(1), "?k=1"))["hits"]![0]!["score"]! < 0.999f);
        Assert.Equal(1, (int)(await Http.GetObjectAsync("stats"))["index"]!["vectors"]!);
    }

    // Bodies are collected in buffers that grow; these sizes lie around their steps.
    [Theory]
    [InlineData(4096)]
    [InlineData(64 * 1024)]
    [InlineData((64 * 1024) + 1)]
    [InlineData(128 * 1024)]
    [InlineData(1_000_000)]
    public async Task A_body_of_any_size_comes_whole_with_and_without_its_length(int size)
    {
        // What follows a picture's end is no part of the picture, but of the file.
        byte[] picture = [.. Pictures.Blocks(1), .. new byte[size]];
        new Random(size).NextBytes(picture.AsSpan(picture.Length - size));
        foreach (var isChunked in new[] { false, true })
        {
            foreach (var length in new[] { size - 1, size })
            {
                using HttpContent form = Calls.Form(picture[..length], "large"), bytes = new ByteArrayContent(picture[..length]);
                foreach (var (id, body) in new[] { ("form", form), ("bytes", bytes) })
                {
                    using var request = new HttpRequestMessage(HttpMethod.Put, $"items/{id}") { Content = body };
                    request.Headers.TransferEncodingChunked = isChunked;
                    using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
                    Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
                    Assert.Equal(
                        picture[..length], await Http.GetByteArrayAsync($"items/{id}/image", TestContext.Current.CancellationToken));
                }

                Assert.Equal("large", (string)(await Http.GetObjectAsync("items/form"))["label"]!);
            }
        }
    }

    [Fact]
    public async Task Post_names_the_item()
    {
        using var form = Calls.Form(Pictures.Blocks(1), "x");
        using var answer = await Http.PostAsync("items", form, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)answer.StatusCode);
        var item = await Http.GetObjectAsync(answer.Headers.Location!.OriginalString.TrimStart('/'));
        Assert.Equal("x", (string)item["label"]!);
        Assert.Equal(answer.Headers.Location.OriginalString, $"/items/{item["id"]}");
    }

    [Fact]
    public async Task The_client_adds_an_item_without_an_id()
    {
        var cancel = TestContext.Current.CancellationToken;
        var fields = new ItemFields { Label = "x", Attributes = new Dictionary<string, object> { ["price"] = 2.5 } };
        var added = await _service.Client.AddItemAsync(Pictures.Blocks(1), fields, cancel);
        var other = await _service.Client.AddItemAsync(Pictures.Blocks(1), cancel: cancel);

        Assert.NotEqual(added.Id, other.Id);
        var item = (await _service.Client.FindItemAsync(added.Id, cancel))!;
        Assert.Equal((added.Version, "x", 2.5), (item.Version, item.Label, item.Attributes.GetProperty("price").GetDouble()));
        Assert.Null((await _service.Client.FindItemAsync(other.Id, cancel))!.Label);
        Assert.Equal(Pictures.Blocks(1), await _service.Client.ImageAsync(added.Id, cancel));
    }

    [Fact]
    public async Task Delete_takes_the_item_out_of_search_at_once()
    {
        using var one = await Http.PutAsync("one", Pictures.Blocks(1));
        using var two = await Http.PutAsync("two", Pictures.Blocks(2));
        using var deleted = await Http.DeleteAsync("items/one", TestContext.Current.CancellationToken);

        Assert.Equal(204, (int)deleted.StatusCode);
        Assert.Equal(["two"], (await Http.SearchAsync(Pictures.Blocks(1))).Ids());
        using var again = await Http.DeleteAsync("items/one", TestContext.Current.CancellationToken);
        Assert.Equal(404, (int)again.StatusCode);
    }

    [Fact]
    public async Task A_merge_patch_changes_only_what_it_names()
    {
        using var put = await Http.PutAsync("x", Pictures.Blocks(1), "old", """{"a":1,"b":"two"}""");

        var patched = await PatchAsync("""{"attributes":{"b":null,"c":true}}""");
        Assert.Equal("old", (string)patched["label"]!);
        Assert.Equal("""{"a":1,"c":true}""", patched["attributes"]!.ToJsonString());

        patched = await PatchAsync("""{"label":"new"}""");
        Assert.Equal("new", (string)patched["label"]!);
        Assert.Equal("""{"a":1,"c":true}""", patched["attributes"]!.ToJsonString());

        patched = await PatchAsync("""{"label":null,"attributes":null}""");
        Assert.Null(patched["label"]);
        Assert.Equal("{}", patched["attributes"]!.ToJsonString());
        Assert.Equal("x", (await Http.SearchAsync(Pictures.Blocks(1), "?k=1")).Ids().Single());
    }

    [Fact]
    public async Task Attributes_may_not_grow_beyond_their_limit_by_patches()
    {
        using var put = await Http.PutAsync("x", Pictures.Blocks(1));
        string Many(int from) => new JsonObject
        {
            ["attributes"] = new JsonObject(
            Enumerable.Range(from, 40).Select(i => KeyValuePair.Create<string, JsonNode?>($"a{i}", i)))
        }.ToJsonString();
        await PatchAsync(Many(0));
        using var content = new StringContent(Many(40), Encoding.UTF8, "application/json");
        using var answer = await Http.PatchAsync("items/x", content, TestContext.Current.CancellationToken);

        Assert.Equal("bad-patch", await answer.ProblemCodeAsync());
        Assert.Equal(40, (await Http.GetObjectAsync("items/x"))["attributes"]!.AsObject().Count);
    }

    [Fact]
    public async Task A_list_is_stable_while_items_come_and_go()
    {
        for (var i = 0; i < 25; i++)
        {
            using var put = await Http.PutAsync($"i{i:d2}", Pictures.Blocks(i), i % 2 == 0 ? "even" : "odd");
        }

        var first = await Http.GetObjectAsync("items?limit=10");
        using var deleted = await Http.DeleteAsync("items/i03", TestContext.Current.CancellationToken);
        using var replaced = await Http.PutAsync("i12", Pictures.Blocks(99), "even");
        var second = await Http.GetObjectAsync($"items?limit=10&cursor={first["nextCursor"]}");
        var third = await Http.GetObjectAsync($"items?limit=10&cursor={second["nextCursor"]}");

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"i{i:d2}"), new[] { first, second, third }.SelectMany(Ids));
        Assert.Null(third["nextCursor"]);
        Assert.Equal(
            Enumerable.Range(0, 25).Where(i => i % 2 == 1 && i != 3).Select(i => $"i{i:d2}"),
            Ids(await Http.GetObjectAsync("items?label=odd")));
        Assert.Empty(Ids(await Http.GetObjectAsync("items?label=none")));
    }

    [Fact]
    public async Task The_picture_comes_back_as_it_was_sent()
    {
        var picture = Pictures.Blocks(5);
        using var put = await Http.PutAsync("x", picture);
        using var answer = await Http.GetAsync("items/x/image", TestContext.Current.CancellationToken);
        Assert.Equal(picture, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal("image/png", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no-cache", answer.Headers.CacheControl!.ToString());

        Assert.Equal(304, await RevalidateAsync("items/x/image", answer.Headers.ETag!.ToString()));
        using var replaced = await Http.PutAsync("x", Pictures.Blocks(6));
        Assert.Equal(200, await RevalidateAsync("items/x/image", answer.Headers.ETag!.ToString()));

        var sha256 = (string)(await Http.GetObjectAsync("items/x"))["sha256"]!;
        using var pinned = await Http.GetAsync($"items/x/image?v={sha256[..16]}", TestContext.Current.CancellationToken);
        Assert.Contains("immutable", pinned.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Range", "bytes=10-19", 206, null)]
    [InlineData("Range", "bytes=1000000-", 416, "bad-range")]
    [InlineData("If-Match", "\"another\"", 412, "changed")]
    public async Task A_part_of_the_picture_or_a_condition_upon_it_is_answered(string header, string value, int status, string? code)
    {
        using var put = await Http.PutAsync("x", Pictures.Blocks(5));
        using var request = new HttpRequestMessage(HttpMethod.Get, "items/x/image");
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        if (code is null)
        {
            Assert.Equal(Pictures.Blocks(5)[10..20], await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
        else
        {
            Assert.Equal(code, await answer.ProblemCodeAsync());
        }
    }

    [Fact]
    public async Task A_thumbnail_is_a_web_P_that_fits()
    {
        using var put = await Http.PutAsync("x", Pictures.Blocks(5, width: 200, height: 100));
        using var answer = await Http.GetAsync("items/x/thumbnail?size=64", TestContext.Current.CancellationToken);
        var webp = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal("image/webp", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(Dml.Embedding.PictureDecoder.TryProbe(webp, 1_000_000, out var info, out _));
        Assert.Equal((64, 32), (info.Width, info.Height));
        Assert.Equal(304, await RevalidateAsync("items/x/thumbnail?size=64", answer.Headers.ETag!.ToString()));
        Assert.Equal(200, await RevalidateAsync("items/x/thumbnail?size=32", answer.Headers.ETag!.ToString()));
    }

    [Fact]
    public async Task Pictures_that_no_item_uses_are_removed()
    {
        using var one = await Http.PutAsync("one", Pictures.Blocks(1));
        using var same = await Http.PutAsync("same", Pictures.Blocks(1));
        Assert.Single(Blobs());
        using var replaced = await Http.PutAsync("one", Pictures.Blocks(2));
        Assert.Equal(2, Blobs().Length);
        using var deleted = await Http.DeleteAsync("items/same", TestContext.Current.CancellationToken);
        Assert.Single(Blobs());
        using var picture = await Http.GetAsync("items/one/image", TestContext.Current.CancellationToken);
        Assert.Equal(Pictures.Blocks(2), await picture.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Concurrent_writes_and_searches_end_consistent()
    {
        var pictures = Enumerable.Range(0, 8).Select(i => Pictures.Blocks(i)).ToArray();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 12),
            new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = TestContext.Current.CancellationToken },
            async (worker, cancel) =>
            {
                var random = new Random(worker);
                for (var i = 0; i < 25; i++)
                {
                    var id = $"i{random.Next(10)}";
                    using var answer = random.Next(4) switch
                    {
                        0 => await Http.DeleteAsync($"items/{id}", cancel),
                        1 => await Http.PostAsync("search?k=10", new ByteArrayContent(pictures[random.Next(8)]), cancel),
                        _ => await Http.PutAsync(id, pictures[random.Next(8)], $"worker {worker}"),
                    };
                    Assert.Contains((int)answer.StatusCode, new[] { 200, 201, 204, 404 });
                }
            });

        var items = (await Http.GetObjectAsync("items?limit=100"))["items"]!.AsArray();
        var stats = await Http.GetObjectAsync("stats");
        Assert.Equal(items.Count, (int)stats["items"]!);
        Assert.Equal(items.Count, (int)stats["index"]!["vectors"]!);
        Assert.Equal(items.Select(item => (string)item!["sha256"]!).Distinct().Order(), Blobs().Order());
        foreach (var item in items)
        {
            var bytes = await Http.GetByteArrayAsync($"items/{item!["id"]}/image", TestContext.Current.CancellationToken);
            var hits = (await Http.SearchAsync(bytes, "?k=10&minScore=0.9999")).Ids();
            Assert.Contains((string)item["id"]!, hits);
        }
    }

    private static IEnumerable<string> Ids(JsonObject page) => page["items"]!.AsArray().Select(item => (string)item!["id"]!);

    private string[] Blobs() =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(_folder.Data, "blobs"), "*", SearchOption.AllDirectories)
                .Select(path => Path.GetFileName(path)),
        ];

    private async Task<int> RevalidateAsync(string path, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private async Task<JsonObject> PatchAsync(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/merge-patch+json");
        using var answer = await Http.PatchAsync("items/x", content, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!;
    }
}
