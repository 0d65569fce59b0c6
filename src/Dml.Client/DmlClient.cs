using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dml.Contracts;

namespace Dml.Client;

/// <summary>
/// The service's contract as typed calls. Every call throws <see cref="DmlException"/> for a refusal and
/// <see cref="HttpRequestException"/> when no answer comes. Safe to use from many threads.
/// </summary>
/// <param name="http">
/// Its base address is the service's, with a '/' at the end; a service with keys wants one in the default request headers,
/// as <c>X-Api-Key</c>. It stays the caller's.
/// </param>
public sealed partial class DmlClient(HttpClient http)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Figures of catalogue, index and queues.</summary>
    public Task<StatsResponse> StatsAsync(CancellationToken cancel = default) => GetAsync<StatsResponse>("stats", cancel);

    private static ByteArrayContent Bytes(ReadOnlyMemory<byte> bytes)
    {
        var content = new ByteArrayContent(bytes.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    private static string At(string id) => Uri.EscapeDataString(id);

    private Task<T> GetAsync<T>(string path, CancellationToken cancel) => SendAsync<T>(HttpMethod.Get, path, null, cancel);

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? body, CancellationToken cancel)
    {
        using var answer = await SendAsync(method, path, body, cancel).ConfigureAwait(false);
        return (await answer.Content.ReadFromJsonAsync<T>(Json, cancel).ConfigureAwait(false))!;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        var answer = await AnswerAsync(request, cancel).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw await RefusalAsync(answer, cancel).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            // HttpClient lets it through where the service goes away just after it was connected to.
            throw new HttpRequestException("The service went away while it was asked.", exception);
        }
    }

    private static async Task<DmlException> RefusalAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var text = await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
        try
        {
            if (JsonNode.Parse(text) is JsonObject problem && problem["code"] is { } code)
            {
                return new DmlException(answer.StatusCode, (string)code!, (string?)problem["detail"] ?? "");
            }
        }
        catch (JsonException)
        {
            // A proxy's page, say.
        }

        return new DmlException(answer.StatusCode, "", $"The service answered with {(int)answer.StatusCode} {answer.ReasonPhrase}.");
    }

    // A call about something that may not be there.
    private static async Task<T?> OrNullAsync<T>(Task<T> call)
        where T : class
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (DmlException refusal) when (refusal.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
