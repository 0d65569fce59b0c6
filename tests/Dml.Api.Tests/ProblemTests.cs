using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Dml.Api.Tests.Support;
using Dml.Embedding;

namespace Dml.Api.Tests;

public sealed class ProblemTests(LimitedService service) : IClassFixture<LimitedService>
{
    private HttpClient Http => service.Http;

    public static TheoryData<string, int, string> BadPictures => new()
    {
        { "empty", 400, "empty-image" },
        { "text", 415, "not-an-image" },
        { "svg", 415, "not-an-image" },
        { "truncated", 422, "bad-image" },
        { "huge", 422, "too-many-pixels" },
        { "large", 413, "too-large" },
    };

    [Theory]
    [MemberData(nameof(BadPictures))]
    public async Task A_bad_picture_is_refused_everywhere_and_changes_nothing(string kind, int status, string code)
    {
        foreach (var (method, path) in new[] { ("POST", "search"), ("POST", "embed"), ("PUT", "items/x"), ("POST", "items") })
        {
            foreach (var isForm in new[] { true, false })
            {
                using HttpContent body = isForm ? Calls.Form(Bytes(kind)) : new ByteArrayContent(Bytes(kind));
                using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body };
                using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
                Assert.Equal((path, isForm, status), (path, isForm, (int)answer.StatusCode));
                Assert.Equal(code, await answer.ProblemCodeAsync());
            }
        }

        Assert.Equal(0, (int)(await Http.GetObjectAsync("stats"))["items"]!);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(service.Data, "blobs"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_body_without_a_length_is_cut_at_the_limit()
    {
        using var body = new StreamContent(new EndlessStream());
        using var request = new HttpRequestMessage(HttpMethod.Post, "search") { Content = body };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.ExpectContinue = true;
        try
        {
            using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(413, (int)answer.StatusCode);
            Assert.Equal("too-large", await answer.ProblemCodeAsync());
        }
        catch (HttpRequestException exception) when (exception.InnerException is IOException or SocketException)
        {
            // The service may close the connection while the client still sends without end.
        }

        Assert.Equal(200, (int)(await Http.GetAsync("healthz/ready", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_huge_content_length_is_answered_before_the_body_comes()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes("POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n"),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);

        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    public static TheoryData<string, string, string?, int, string> BadRequests => new()
    {
        { "GET", "items/unknown", null, 404, "not-found" },
        { "DELETE", "items/unknown", null, 404, "not-found" },
        { "GET", "items/unknown/image", null, 404, "not-found" },
        { "GET", "items/unknown/thumbnail", null, 404, "not-found" },
        { "GET", "items/unknown/similar", null, 404, "not-found" },
        { "PATCH", "items/unknown", "{}", 404, "not-found" },
        { "PATCH", "items/unknown", "{", 400, "bad-patch" },
        { "PATCH", "items/unknown", "[]", 400, "bad-patch" },
        { "PATCH", "items/unknown", "{\"id\":\"y\"}", 400, "bad-patch" },
        { "PATCH", "items/unknown", "{\"label\":3}", 400, "bad-patch" },
        { "PATCH", "items/unknown", "{\"label\":\"a\",\"label\":\"b\"}", 400, "bad-patch" },
        { "PATCH", "items/unknown", "{\"attributes\":{\"a\":[]}}", 400, "bad-patch" },
        { "GET", "items?limit=0", null, 400, "bad-parameter" },
        { "GET", "items?limit=many", null, 400, "bad-parameter" },
        { "GET", "items?cursor=xyz", null, 400, "bad-cursor" },
        { "GET", "items/unknown/thumbnail?size=5000", null, 400, "bad-parameter" },
        { "GET", "jobs/unknown", null, 404, "not-found" },
        { "DELETE", "jobs/unknown", null, 404, "not-found" },
        { "GET", "jobs/unknown/events", null, 404, "not-found" },
        { "GET", "nowhere", null, 404, "not-found" },
        { "DELETE", "stats", null, 405, "method-not-allowed" },
        { "POST", "search/vector", "{\"vector\":[1,2,3]}", 400, "wrong-dimension" },
        { "POST", "search/vector", "{}", 400, "wrong-dimension" },
        { "POST", "search/vector", "{\"vector\":\"x\"}", 400, "bad-request" },
        { "POST", "search?k=0", "x", 400, "bad-parameter" },
        { "POST", "search?minScore=2", "x", 400, "bad-parameter" },
        { "POST", "search?effort=0", "x", 400, "bad-parameter" },
        { "POST", "search?effort=17", "x", 400, "bad-parameter" },
        { "POST", "search/vector?effort=-1", "{}", 400, "bad-parameter" },
        { "POST", "search?filter=label", "x", 400, "bad-filter" },
        { "POST", "search?filter=price:3", "x", 400, "bad-filter" },
        { "POST", "search?filter=(label:a", "x", 400, "bad-filter" },
        { "POST", "search?filter=label:a%20label:b", "x", 400, "bad-filter" },
        { "POST", "search?filter=attr.price<cheap", "x", 400, "bad-filter" },
        { "POST", "search?filter=label:%22a", "x", 400, "bad-filter" },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task A_bad_request_has_its_code(string method, string path, string? json, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, await answer.ProblemCodeAsync());
    }

    [Fact]
    public async Task A_vector_without_direction_is_refused()
    {
        using var answer = await Http.PostAsJsonAsync(
            "search/vector", new { vector = new float[TinyEmbedder.Dimension] }, TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal("bad-vector", await answer.ProblemCodeAsync());
    }

    [Theory]
    [InlineData("a b", 400, "bad-id")]
    [InlineData("a~b", 400, "bad-id")]
    [InlineData("ä", 400, "bad-id")]
    public async Task A_bad_id_is_refused(string id, int status, string code)
    {
        using var answer = await Http.PutAsync(Uri.EscapeDataString(id), Pictures.Blocks(1));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, await answer.ProblemCodeAsync());
        using var tooLong = await Http.PutAsync(new string('x', 129), Pictures.Blocks(1));
        Assert.Equal("bad-id", await tooLong.ProblemCodeAsync());
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"a\":{}}")]
    [InlineData("{\"a\":null}")]
    [InlineData("{\"a\"")]
    public async Task Bad_attributes_are_refused(string attributes)
    {
        using var answer = await Http.PutAsync("x", Pictures.Blocks(1), "label", attributes);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal("bad-attributes", await answer.ProblemCodeAsync());
    }

    [Fact]
    public async Task A_misspelt_or_broken_form_is_refused()
    {
        using var misspelt = Calls.Form(Pictures.Blocks(1));
        misspelt.Add(new StringContent("x"), "lable");
        using var answer = await Http.PutAsync("items/x", misspelt, TestContext.Current.CancellationToken);
        Assert.Equal("bad-form", await answer.ProblemCodeAsync());

        using var broken = new StringContent("--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nabc");
        broken.Headers.Remove("Content-Type");
        broken.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        using var second = await Http.PostAsync("search", broken, TestContext.Current.CancellationToken);
        Assert.Equal("bad-form", await second.ProblemCodeAsync());
    }

    [Fact]
    public async Task A_foreign_site_may_not_change_the_catalogue()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "items/x") { Content = Calls.Form(Pictures.Blocks(1)) };
        request.Headers.Add("Origin", "https://elsewhere.example");
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Equal("foreign-origin", await answer.ProblemCodeAsync());

        using var own = new HttpRequestMessage(HttpMethod.Put, "items/x") { Content = Calls.Form(Pictures.Blocks(1)) };
        own.Headers.Add("Origin", Http.BaseAddress!.GetLeftPart(UriPartial.Authority));
        using var second = await Http.SendAsync(own, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)second.StatusCode);
        using var deleted = await Http.DeleteAsync("items/x", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_foreign_host_name_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "stats");
        request.Headers.Host = "rebound.example";
        // The web server answers this before the service, and so its document, is reached.
        using var bare = new HttpClient { BaseAddress = Http.BaseAddress };
        using var answer = await bare.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)answer.StatusCode);
    }

    private static byte[] Bytes(string kind) => kind switch
    {
        "empty" => [],
        "text" => Encoding.UTF8.GetBytes("Just some words, no picture at all."),
        "svg" => Encoding.UTF8.GetBytes("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>"),
        "truncated" => Pictures.Blocks(1, PictureFormat.Jpeg, 256, 256)[..^2000],
        "huge" => Pictures.PngHeader(30000, 30000),
        _ => new byte[LimitedService.MaxBodyBytes * 20],
    };

    private sealed class EndlessStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => count;

        public override int Read(Span<byte> buffer) => buffer.Length;

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromResult(count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(buffer.Length);

        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            var block = new byte[65536];
            while (true)
            {
                await destination.WriteAsync(block, cancellationToken);
            }
        }
    }
}
