using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dml.Api.Tests.Support;

/// <summary>The contract's calls, as a client without our types makes them.</summary>
internal static class Calls
{
    public static MultipartFormDataContent Form(byte[] picture, string? label = null, string? attributes = null)
    {
        var image = new ByteArrayContent(picture);
        image.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        var form = new MultipartFormDataContent { { image, "image", "picture.png" } };
        if (label is not null)
        {
            form.Add(new StringContent(label), "label");
        }

        if (attributes is not null)
        {
            form.Add(new StringContent(attributes), "attributes");
        }

        return form;
    }

    public static async Task<HttpResponseMessage> PutAsync(
        this HttpClient http, string id, byte[] picture, string? label = null, string? attributes = null)
    {
        using var form = Form(picture, label, attributes);
        return await http.PutAsync($"items/{id}", form);
    }

    public static async Task<JsonObject> SearchAsync(this HttpClient http, byte[] picture, string query = "")
    {
        using var body = new ByteArrayContent(picture);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await http.PostAsync($"search{query}", body);
        Assert.Equal(200, (int)answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    public static async Task<float[]> EmbedAsync(this HttpClient http, byte[] picture)
    {
        using var body = new ByteArrayContent(picture);
        using var answer = await http.PostAsync("embed", body);
        Assert.Equal(200, (int)answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!["vector"].Deserialize<float[]>()!;
    }

    public static async Task<JsonObject> GetObjectAsync(this HttpClient http, string path) =>
        (await http.GetFromJsonAsync<JsonObject>(path))!;

    public static async Task<JsonNode> GetFromAsync(this HttpClient http, string path) => (await http.GetFromJsonAsync<JsonNode>(path))!;

    public static string[] Ids(this JsonObject answer) => [.. answer["hits"]!.AsArray().Select(hit => (string)hit!["id"]!)];

    /// <summary>Checks an RFC 9457 answer and gives its code.</summary>
    public static async Task<string> ProblemCodeAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(text)!.AsObject();
        Assert.Equal((int)answer.StatusCode, (int)problem["status"]!);
        Assert.NotEmpty((string)problem["title"]!);
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        return (string)problem["code"]!;
    }
}
