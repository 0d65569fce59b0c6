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
/// Typed calls to the service. Every call throws <see cref="DmlException"/> when the service refuses it and
/// <see cref="HttpRequestException"/> when there is no response. Safe to use from many threads.
/// </summary>
/// <param name="http">
/// Its base address must be the service's, with a trailing '/'. A service with keys expects one in the default request
/// headers, as <c>X-Api-Key</c>. The caller owns and disposes of it.
/// </param>
public sealed partial class DmlClient(HttpClient http)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Gets figures of catalogue, index and queues.</summary>
    public Task<StatsResponse> StatsAsync(CancellationToken cancel = default) => GetAsync<StatsResponse>("stats", cancel);

    private static ByteArrayContent Bytes(ReadOnlyMemory<byte> bytes)
    {
        var content = new ByteArrayContent(bytes.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    private static string At(string id) => Uri.EscapeDataString(id);

    private Task<T> GetAsync<T>(string path, CancellationToken cancel) => SendAsync<T>(HttpMethod.Get, path, null, cancel);

    // False when there is nothing to delete.
    private async Task<bool> DeletedAsync(string path, CancellationToken cancel, ItemMatch? match = null)
    {
        using var answer = await OrNullAsync(SendAsync(HttpMethod.Delete, path, null, cancel, match)).ConfigureAwait(false);
        return answer is not null;
    }

    private async Task<T> SendAsync<T>(
        HttpMethod method, string path, HttpContent? body, CancellationToken cancel, ItemMatch? match = null)
    {
        using var answer = await SendAsync(method, path, body, cancel, match).ConfigureAwait(false);
        return (await answer.Content.ReadFromJsonAsync<T>(Json, cancel).ConfigureAwait(false))!;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? body, CancellationToken cancel, ItemMatch? match = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        match?.AddTo(request.Headers);
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
            // HttpClient does not wrap it when the service goes away right after the connection was made.
            throw new HttpRequestException("The service closed the connection during the call.", exception);
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
            // For example the error page of a proxy.
        }

        return new DmlException(answer.StatusCode, "", $"The service answered with {(int)answer.StatusCode} {answer.ReasonPhrase}.");
    }

    // For calls on something that may not exist.
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
