using System.Text;
using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;

namespace Dml.Api.Tests;

/// <summary>Labels and attributes: text that looks equal is equal, and text that is none is refused.</summary>
public sealed class ItemTextTests(LimitedService service) : IClassFixture<LimitedService>
{
    private HttpClient Http => service.Http;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[], string> BadFields => new()
    {
        { "label", [0xE8], "bad-label" },
        { "label", [.. "caf"u8, 0xC3], "bad-label" },
        { "label", [0xED, 0xA0, 0xBD], "bad-label" },
        { "label", Encoding.UTF8.GetBytes("a\u202egnp"), "bad-label" },
        { "label", Encoding.UTF8.GetBytes("a\u200bb"), "bad-label" },
        { "label", Encoding.UTF8.GetBytes("a\u200db"), "bad-label" },
        { "label", Encoding.UTF8.GetBytes("a\ufeffb"), "bad-label" },
        { "label", Encoding.UTF8.GetBytes("a\u2028b"), "bad-label" },
        { "label", Encoding.UTF8.GetBytes("a\ud83d\udc69\udb40\udc67"), "bad-label" },
        { "attributes", [.. "{\"a\":\""u8, 0xE9, .. "\"}"u8], "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("""{"a":"\ud800"}"""), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("""{"\udc00":"a"}"""), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("{\"a\u202eb\":1}"), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("{\"a\u200b\":1}"), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("{\"a\\nb\":1}"), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("{\"a\":\"x\u202ey\"}"), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("""{"id":12345678901234567890}"""), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("""{"id":-9223372036854775809}"""), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("""{"x":1e400}"""), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("""{"a":1,"a":2}"""), "bad-attributes" },
        { "attributes", Encoding.UTF8.GetBytes("""{"cafe\u0301":1,"caf\u00e9":2}"""), "bad-attributes" },
    };

    [Theory]
    [MemberData(nameof(BadFields))]
    public async Task A_field_that_is_no_text_is_refused(string field, byte[] bytes, string code)
    {
        foreach (var method in new[] { HttpMethod.Put, HttpMethod.Post })
        {
            using var form = Calls.Form(Pictures.Blocks(1));
            form.Add(new ByteArrayContent(bytes), field);
            using var request = new HttpRequestMessage(method, method == HttpMethod.Put ? "items/x" : "items") { Content = form };
            using var answer = await Http.SendAsync(request, Cancel);
            Assert.Equal((400, code), ((int)answer.StatusCode, await answer.ProblemCodeAsync()));
        }
    }

    // One byte a character.
    public static TheoryData<string> BadPatches =>
    [
        """{"label":"\ud83d"}""",
        """{"label":"\udc00x"}""",
        """{"label":"a\u202eb"}""",
        """{"attributes":{"a":"\udc00"}}""",
        """{"attributes":{"\ud800":"a"}}""",
        """{"attributes":{"\ud800":null}}""",
        """{"\ud800":1}""",
        "{\"label\":\"caf\u00e9\"}",
        "{\"attributes\":{\"a\":\"\u00e9\"}}",
    ];

    [Theory]
    [MemberData(nameof(BadPatches))]
    public async Task A_patch_that_is_no_text_is_refused_with_and_without_its_item(string json)
    {
        using var put = await Http.PutAsync("kept", Pictures.Blocks(2), "kept", """{"a":"kept"}""");
        foreach (var id in new[] { "kept", "absent" })
        {
            using var body = new ByteArrayContent(Encoding.Latin1.GetBytes(json));
            body.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            using var answer = await Http.PatchAsync($"items/{id}", body, Cancel);
            Assert.Equal((id, 400, "bad-patch"), (id, (int)answer.StatusCode, await answer.ProblemCodeAsync()));
        }

        var item = await Http.GetObjectAsync("items/kept");
        Assert.Equal(("kept", "kept"), ((string)item["label"]!, (string)item["attributes"]!["a"]!));
    }

    // Several lines, emoji with their joiners, and the largest numbers.
    [Theory]
    [InlineData("""{"a":"one\ntwo\tthree"}""")]
    [InlineData("{\"a\":\"\ud83d\udc69\u200d\ud83d\udcbb\"}")]
    [InlineData("""{"a":9223372036854775807,"b":-9223372036854775808,"c":1.7976931348623157e308,"d":-0,"e":0.1}""")]
    public async Task What_is_meant_by_attributes_is_kept(string attributes)
    {
        using var put = await Http.PutAsync("attributes", Pictures.Blocks(4), attributes: attributes);
        Assert.True(put.IsSuccessStatusCode);
        var stored = (await Http.GetObjectAsync("items/attributes"))["attributes"]!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(attributes), stored), stored.ToJsonString());
    }

    [Fact]
    public async Task Text_that_looks_equal_is_equal_and_a_byte_order_mark_is_none_of_it()
    {
        using var form = Calls.Form(Pictures.Blocks(3));
        form.Add(new ByteArrayContent([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("cafe\u0301")]), "label");
        form.Add(
            new ByteArrayContent([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("{\"cafe\u0301\":\"cre\u0300me\",\"n\":1.50}")]),
            "attributes");
        using var put = await Http.PutAsync("items/composed", form, Cancel);
        Assert.Equal(201, (int)put.StatusCode);
        var item = await Http.GetObjectAsync("items/composed");
        Assert.Equal("caf\u00e9", (string)item["label"]!);
        Assert.Equal("cr\u00e8me", (string)item["attributes"]!["caf\u00e9"]!);
        Assert.Equal("1.50", item["attributes"]!["n"]!.ToJsonString());

        foreach (var filter in new[] { "label:caf\u00e9", "label:cafe\u0301", "attr.cafe\u0301:cre\u0300me" })
        {
            var hits = await Http.SearchAsync(Pictures.Blocks(3), $"?k=5&filter={Uri.EscapeDataString(filter)}");
            Assert.Equal((filter, "composed"), (filter, hits.Ids().Single()));
        }

        var listed = await Http.GetObjectAsync($"items?label={Uri.EscapeDataString("cafe\u0301")}");
        Assert.Single(listed["items"]!.AsArray());

        using var patch = new StringContent(
            """{"label":"A\u030a","attributes":{"cafe\u0301":null,"new":"e\u0301"}}""", Encoding.UTF8, "application/json");
        using var patched = await Http.PatchAsync("items/composed", patch, Cancel);
        Assert.Equal(200, (int)patched.StatusCode);
        item = await Http.GetObjectAsync("items/composed");
        Assert.Equal("\u00c5", (string)item["label"]!);
        Assert.Equal("""{"n":1.50,"new":"\u00E9"}""", item["attributes"]!.ToJsonString());
    }
}
