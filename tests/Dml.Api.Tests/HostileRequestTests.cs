using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;

namespace Dml.Api.Tests;

/// <summary>
/// Requests that no well-meaning client sends, to every route of the document: each is refused in words, none is an error of ours.
/// </summary>
public sealed class HostileRequestTests(LimitedService service) : IClassFixture<LimitedService>
{
    // Framework's words, which tell a caller nothing.
    private static readonly string[] Foreign =
        ["Nullable", "Implicit", "Failed to bind", "System.", "Microsoft.", "Service instead", "another component"];

    private static readonly string[] Bodies =
    [
        """{"label":"\ud800"}""",
        """{"\udc00":"x","query":"\ud800","hit":"\ud800","right":true,"vector":["\ud800"],"folder":"\ud800"}""",
        "{\"label\":\"\0\",\"query\":\"\0\",\"hit\":\"\0\",\"right\":true,\"folder\":\"\0\"}",
        """{"label":"\u0000","folder":"\u0000"}""",
        "{\"attributes\":{\"" + new string('n', 100_000) + "\":1}}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "{",
        "null",
        "",
        "\u00ff\u00fe\0\0",
    ];

    private static readonly string[] Types =
    [
        "application/json", "application/merge-patch+json", "text/plain", "application/json; charset=utf-16",
        "application/json; charset=nonsense", "multipart/form-data", "multipart/form-data; boundary=" + "b",
        "multipart/form-data; boundary=" + new string('b', 5000), "multipart/form-data; boundary=\"\"", "image/png", "nonsense",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Without the check against the document: what the web server answers by itself is not in it.
    private HttpClient Http { get; } = new() { BaseAddress = service.Http.BaseAddress };

    [Fact]
    public async Task Bodies_of_every_kind_end_in_words()
    {
        await ForEachAsync(async (method, path, operation) =>
        {
            if (operation["requestBody"] is null)
            {
                return;
            }

            foreach (var body in Bodies)
            {
                foreach (var type in Types)
                {
                    await ExpectAsync(method, path, body, type, []);
                }
            }
        });
    }

    [Theory]
    [InlineData("POST", "search/vector", """{"vector":[1],"k":5}""", "\"k\" is not a member of this call, which has vector.")]
    [InlineData("POST", "search/vector", """{"vectro":[1]}""", "\"vectro\" is not a member of this call; did you mean vector?")]
    [InlineData("POST", "search/vector", """{"vector":[1],"Vector":[2]}""", "The member \"Vector\" came twice; send it once.")]
    [InlineData("POST", "feedback", """{"hit":"b","rihgt":true}""", "\"rihgt\" is not a member of this call; did you mean right")]
    [InlineData("POST", "feedback", """{"hit":"a","hit":"b"}""", "The member \"hit\" came twice")]
    [InlineData("POST", "imports", """{"folder":"/a","folder":"/b"}""", "The member \"folder\" came twice; send it once.")]
    [InlineData("POST", "imports", """{"foldr":"/a"}""", "\"foldr\" is not a member of this call; did you mean folder?")]
    [InlineData("PATCH", "items/x", """{"label":"a","label":"b"}""", "Duplicate property 'label'")]
    [InlineData("PATCH", "items/x", """{"attributes":{"a":1,"a":2}}""", "Duplicate property 'a'")]
    public async Task A_member_that_is_unknown_or_comes_twice_is_refused_by_name(string method, string path, string json, string words)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body };
        using var answer = await Http.SendAsync(request, Cancel);
        Assert.Equal(400, (int)answer.StatusCode);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
        Assert.Contains(words, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search", "label", 400)]
    [InlineData("embed", "attributes", 400)]
    [InlineData("feedback/picture?hit=x&right=true", "label", 400)]
    [InlineData("items", "label", 201)]
    public async Task A_field_that_a_call_does_not_use_is_refused(string path, string field, int status)
    {
        using var form = Calls.Form(Pictures.Blocks(77));
        form.Add(new StringContent(field == "label" ? "apple" : "{}"), field);
        using var answer = await Http.PostAsync(path, form, Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 400)
        {
            var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
            Assert.Equal("bad-form", (string?)problem["code"]);
            var expected = path == "search" ? "image, like or dislike" : "image alone";
            Assert.Equal($"The field \"{field}\" is unknown; expected {expected}.", (string?)problem["detail"]);
        }
    }

    [Theory]
    [InlineData("PUT", "items/part")]
    [InlineData("POST", "search")]
    public async Task A_part_of_a_body_is_not_taken_for_the_whole(string method, string path)
    {
        using var body = new ByteArrayContent(Pictures.Blocks(78));
        body.Headers.ContentRange = new(0, 10, 100);
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body };
        using var answer = await Http.SendAsync(request, Cancel);
        Assert.Equal((400, "bad-request"), ((int)answer.StatusCode, await answer.ProblemCodeAsync()));
        Assert.Equal(404, (int)(await Http.GetAsync("items/part", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Names_of_every_kind_end_in_words()
    {
        string[] names =
        [
            "%ed%a0%80", "%00", "%ff", "%f0%9f", "%2e%2e%2f", "a%2fb", "%e2%80%ae", new string('n', 2000), "-1", "99999999999999999999",
            "1e9",
        ];
        await ForEachAsync(async (method, path, operation) =>
        {
            foreach (var name in path.Contains('{', StringComparison.Ordinal) ? names : [])
            {
                await ExpectAsync(method, Fill(path, name), operation["requestBody"] is null ? null : "x", "application/json", []);
            }
        });
    }

    [Fact]
    public async Task Parameters_of_every_kind_end_in_words()
    {
        string[] values =
            ["%ed%a0%80", "%00", "abc", "", "1,5", "1e999", "-1", "99999999999999999999", "NaN", new string('9', 5000), "%22"];
        await ForEachAsync(async (method, path, operation) =>
        {
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
            {
                var name = (string)parameter!["name"]!;
                foreach (var value in (string)parameter["in"]! == "query" ? values : [])
                {
                    var body = operation["requestBody"] is null ? null : "x";
                    await ExpectAsync(method, $"{Fill(path, "x")}?{name}={value}", body, "image/png", []);
                }
            }
        });
    }

    [Fact]
    public async Task An_unknown_parameter_is_refused_on_every_route()
    {
        await ForEachAsync(async (method, path, operation) =>
        {
            using var answer = await SendAsync(method, $"{Fill(path, "x")}?nonsense=1", null, null, []);
            Assert.Equal((method, path, 400), (method, path, (int)answer.StatusCode));
            Assert.Equal("bad-parameter", await answer.ProblemCodeAsync());
            var detail = await DetailAsync(answer);
            Assert.Contains("nonsense", detail, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("POST", "search?top_k=3", "\"top_k\" is not a parameter of this call, which has ")]
    [InlineData("POST", "search?filer=label:a", "did you mean filter? It has ")]
    [InlineData("POST", "search?minscore=0.5&limit=5", "\"limit\" is not a parameter of this call")]
    [InlineData("GET", "items?lable=x", "did you mean label?")]
    [InlineData("POST", "search?k=10&k=20", "The parameter k came 2 times; send it once.")]
    [InlineData("POST", "search?k=many", "k is \"many\"; expected a whole number.")]
    [InlineData("POST", "search?minScore=0,1", "minScore is \"0,1\"; expected a number such as 0.25.")]
    [InlineData("POST", "feedback/picture?hit=x&right=perhaps", "right is \"perhaps\"; expected true or false.")]
    [InlineData("POST", "generations/first/activate", "number is \"first\"; expected a whole number.")]
    [InlineData("GET", "stats?verbose=1", "This call has no parameters; it was sent \"verbose\".")]
    public async Task A_wrong_parameter_is_told_with_what_is_right(string method, string path, string words)
    {
        using var answer = await SendAsync(method, path, method == "POST" ? "x" : null, "image/png", []);
        Assert.Equal((400, "bad-parameter"), ((int)answer.StatusCode, await answer.ProblemCodeAsync()));
        Assert.Contains(words, await DetailAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_encoded_body_is_refused_on_every_route()
    {
        await ForEachAsync(async (method, path, operation) =>
        {
            if (operation["requestBody"] is null)
            {
                return;
            }

            foreach (var encoding in new[] { "gzip", "br", "deflate, gzip", "nonsense" })
            {
                using var answer = await SendAsync(method, Fill(path, "x"), "{}", "application/json", [("Content-Encoding", encoding)]);
                Assert.Equal((path, encoding, 415), (path, encoding, (int)answer.StatusCode));
                Assert.Equal("unsupported-media-type", await answer.ProblemCodeAsync());
                Assert.Equal("identity", Assert.Single(answer.Headers.GetValues("Accept-Encoding")));
            }
        });
        using var plain = await SendAsync("POST", "search", "x", "image/png", [("Content-Encoding", "identity")]);
        Assert.Equal("not-an-image", await plain.ProblemCodeAsync());
    }

    [Theory]
    [InlineData("embed", "image", "image")]
    [InlineData("items", "label", "image", "label", "label")]
    [InlineData("imports", "archive", "archive", "archive")]
    [InlineData("models", "onnx", "onnx", "manifest", "onnx")]
    public async Task A_field_that_comes_twice_is_refused_by_name(string path, string twice, params string[] fields)
    {
        using var form = new MultipartFormDataContent();
        foreach (var field in fields.Length == 1 ? [twice, .. fields] : fields)
        {
            form.Add(new ByteArrayContent(field == "image" ? Pictures.Blocks(1) : "x"u8.ToArray()), field, "file");
        }

        using var answer = await service.Http.PostAsync(path, form, Cancel);
        Assert.Equal("bad-form", await answer.ProblemCodeAsync());
        Assert.Contains($"The field \"{twice}\" came twice", await DetailAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_with_another_boundary_is_told_so()
    {
        const string Form = "--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nabc\r\n--b--\r\n";
        foreach (var path in new[] { "search", "imports", "models" })
        {
            using var answer = await SendAsync("POST", path, Form, "multipart/form-data; boundary=other", []);
            Assert.Equal("bad-form", await answer.ProblemCodeAsync());
            Assert.Contains("its boundary is not the one that the content type names", await DetailAsync(answer), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_answer_repeats_little_of_a_long_request()
    {
        var name = new string('n', 100_000);
        using var patch = await SendAsync("PATCH", "items/x", "{\"attributes\":{\"" + name + "\":1}}", "application/json", []);
        using var get = await SendAsync("GET", $"items/{name[..5000]}", null, null, []);
        using var nowhere = await SendAsync("GET", name[..5000], null, null, []);
        using var filter = await SendAsync("POST", $"search?filter={name[..1900]}:a", "x", "image/png", []);
        using var query = await SendAsync("GET", $"stats?{name[..5000]}=1", null, null, []);
        foreach (var answer in new[] { patch, get, nowhere, filter, query })
        {
            Assert.InRange((int)answer.StatusCode, 400, 404);
            Assert.DoesNotContain(name[..1001], await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        foreach (var answer in new[] { patch, get, query })
        {
            Assert.DoesNotContain(name[..201], await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_empty_host_is_refused()
    {
        var answer = await RawAsync("GET /stats HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HTTP_2_without_TLS_is_refused_in_words()
    {
        var answer = await RawAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0");
        Assert.StartsWith("HTTP/1.1 505", answer, StringComparison.Ordinal);
        Assert.Contains("HTTP/2 needs TLS here", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_preface_and_a_slow_first_byte_are_ordinary_requests()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Http.BaseAddress!.Port, Cancel);
        foreach (var letter in "GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        {
            await client.GetStream().WriteAsync(new[] { (byte)letter }, Cancel);
        }

        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(Cancel));
    }

    private async Task ForEachAsync(Func<string, string, JsonObject, Task> call)
    {
        var document = new ContractDocument(await service.Http.GetObjectAsync("swagger/v1/swagger.json"));
        var calls = 0;
        foreach (var (method, path, operation) in document.Operations)
        {
            // What starts work of minutes with any body at all is tried elsewhere.
            if ((method, path) is ("POST", "/backups" or "/demo" or "/retrain"))
            {
                continue;
            }

            await call(method, path, operation);
            calls++;
        }

        Assert.True(calls > 25);
    }

    private async Task ExpectAsync(string method, string path, string? body, string type, (string, string)[] headers)
    {
        using var answer = await SendAsync(method, Fill(path, "x"), body, type, headers);
        var text = answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
            ? await answer.Content.ReadAsStringAsync(Cancel)
            : "";
        var call = $"{method} {path}, {type}: {body?[..Math.Min(body.Length, 80)]} → {(int)answer.StatusCode} {text}";
        Assert.True((int)answer.StatusCode < 500, call);
        Assert.True(text.Length < 3000 || answer.IsSuccessStatusCode, call);
        foreach (var word in answer.IsSuccessStatusCode ? [] : Foreign)
        {
            Assert.False(text.Contains(word, StringComparison.Ordinal), call);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        string method, string path, string? body, string? type, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(method), new Uri(Http.BaseAddress!.GetLeftPart(UriPartial.Authority) + "/" + path.TrimStart('/'), Verbatim));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content!.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseContentRead, Cancel);
    }

    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    // Up to the end of the connection, which the service closes. A client that closes its half first may be taken for one that is gone.
    private async Task<string> RawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Http.BaseAddress!.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Cancel);
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, Cancel);
        return Encoding.Latin1.GetString(answer.ToArray());
    }

    private static string Fill(string path, string value)
    {
        while (path.IndexOf('{', StringComparison.Ordinal) is >= 0 and var begin)
        {
            path = string.Concat(path.AsSpan(0, begin), value, path.AsSpan(path.IndexOf('}', StringComparison.Ordinal) + 1));
        }

        return path;
    }

    private static async Task<string> DetailAsync(HttpResponseMessage answer) =>
        (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["detail"]!;
}
