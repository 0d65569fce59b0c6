using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Dml.Client;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Onnx;
using Dml.Tests.Shared;
using Google.Protobuf;

namespace Dml.Benchmarks.Abuse;

/// <summary>The cases, sent by somebody who has an admin's key.</summary>
internal sealed class Attacker(Uri address, string key, string folder) : IDisposable
{
    private const int ThumbnailsAtOnce = 250;
    private const int SlowReaders = 270;
    private const int UploadsAtOnce = 30;

    private static readonly TimeSpan SlowReading = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new()
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromMinutes(5),
        DefaultRequestHeaders = { { "X-Api-Key", key } },
    };

    public IReadOnlyList<AbuseCase> Cases()
    {
        var texts = HostileFiles.PngOfTexts();
        var (thin, thinner) = (HostileFiles.ThinPng(20_000_000), HostileFiles.ThinPng(50_000_000));
        var interlaced = HostileFiles.InterlacedPng();
        var large = HostileFiles.LargeJpeg();
        var (link, pax) = (HostileFiles.TarWithLongName('L', 900_000_000), HostileFiles.TarWithLongName('x', 1_000_000_000));
        var zip = Path.Combine(folder, "entries.zip");
        HostileFiles.WriteZipOfManyEntries(zip, 5_000_000);
        return
        [
            new("texts in a PNG", cancel => AtOnceAsync(2, () => EmbedAsync(texts, cancel))),
            new("thin pictures", cancel => AtOnceAsync(4, () => EmbedAsync(thin, cancel), () => EmbedAsync(thinner, cancel))),
            new("interlaced pictures", cancel => AtOnceAsync(16, () => EmbedAsync(interlaced, cancel))),
            new("large pictures", cancel => AtOnceAsync(16, () => EmbedAsync(HostileFiles.WithNewComment(large), cancel))),
            new("slow readers", ReadSlowlyAsync, IsLong: true),
            new("JSON of 900 MB", cancel =>
                OneAsync(ImportAsync(new RepeatedContent(900_000_000, "{\"folder\":\""), "application/json", cancel))),
            new("long name in a tar", cancel => OneAsync(ImportAsync(new ByteArrayContent(link), "application/gzip", cancel))),
            new("pax data in a tar", cancel => OneAsync(ImportAsync(new ByteArrayContent(pax), "application/gzip", cancel))),
            new("zip of 5,000,000 entries", cancel => OneAsync(ImportFileAsync(zip, cancel)), IsLong: true),
            new("thumbnails at once", cancel => ThumbnailsAsync(large, cancel), IsLong: true),
            new("imports at once", cancel =>
                AtOnceAsync(UploadsAtOnce, () => ImportAsync(new SlowContent(link), "application/gzip", cancel))),
            new("model.json of 100 MB", cancel => OneAsync(UploadAsync(null, new RepeatedContent(100_000_000, "{\"name\":\""), cancel))),
            new("network of 8 GB", cancel => OneAsync(UploadAsync(HostileNetwork.OfMemory(), null, cancel)), IsLong: true),
            new("endless network", cancel => OneAsync(UploadAsync(HostileNetwork.OfTime(), null, cancel)), IsLong: true),
        ];
    }

    public void Dispose() => _http.Dispose();

    private static async Task<IEnumerable<string>> OneAsync(Task<string> attack) => [await attack];

    private static async Task<IEnumerable<string>> AtOnceAsync(int times, params Func<Task<string>>[] attacks) =>
        await Task.WhenAll(Enumerable.Range(0, times).SelectMany(_ => attacks.Select(attack => attack())));

    private async Task<string> EmbedAsync(byte[] picture, CancellationToken cancel)
    {
        using var body = new ByteArrayContent(picture);
        return await AnswerAsync(() => _http.PostAsync("embed", body, cancel), cancel);
    }

    private async Task<string> ImportAsync(HttpContent body, string type, CancellationToken cancel)
    {
        using (body)
        {
            body.Headers.ContentType = new MediaTypeHeaderValue(type);
            return await AnswerAsync(() => _http.PostAsync("imports", body, cancel), cancel);
        }
    }

    private async Task<string> ImportFileAsync(string path, CancellationToken cancel)
    {
        await using var file = File.OpenRead(path);
        return await ImportAsync(new StreamContent(file), "application/zip", cancel);
    }

    private async Task<string> UploadAsync(ModelProto? network, HttpContent? manifest, CancellationToken cancel)
    {
        var made = Path.Combine(folder, "network");
        HostileNetwork.Write(made, "hostile", network ?? HostileNetwork.OfTime());
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent((network ?? HostileNetwork.OfTime()).ToByteArray()), "onnx", "network.onnx" },
            {
                manifest ?? new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(made, EmbedderManifest.FileName), cancel)),
                "manifest", "model.json"
            },
        };
        return await AnswerAsync(() => _http.PostAsync("models", form, cancel), cancel);
    }

    private async Task<IEnumerable<string>> ThumbnailsAsync(byte[] large, CancellationToken cancel)
    {
        var client = new DmlClient(_http);
        await client.PutItemAsync("large", large, null, cancel);
        var answers = await AtOnceAsync(
            ThumbnailsAtOnce,
            () => AnswerAsync(() => _http.GetAsync($"items/large/thumbnail?size={Random.Shared.Next(16, 1000)}", cancel), cancel));
        await client.DeleteItemAsync("large", cancel);
        return answers;
    }

    // Each connection asks for six large files at once and reads none of them.
    private async Task<IEnumerable<string>> ReadSlowlyAsync(CancellationToken cancel)
    {
        const string Request = "GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Request, 6)));
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < SlowReaders; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 2048 };
                sockets.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, address.Port, cancel);
                await socket.SendAsync(bytes, cancel);
                await Task.Delay(15, cancel);
            }

            await Task.Delay(SlowReading, cancel);
            return ["held"];
        }
        catch (SocketException exception)
        {
            return [exception.SocketErrorCode.ToString()];
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    // A job is waited for: its end is the answer.
    private async Task<string> AnswerAsync(Func<Task<HttpResponseMessage>> send, CancellationToken cancel)
    {
        try
        {
            using var answer = await send();
            if (answer.StatusCode != HttpStatusCode.Accepted)
            {
                return $"{(int)answer.StatusCode}";
            }

            var client = new DmlClient(_http);
            var job = await client.WaitForJobAsync(answer.Headers.Location!.OriginalString.Split('/')[^1], cancel);
            return $"job {(job.State == JobState.Failed ? "failed" : job.State.ToString().ToLowerInvariant())}";
        }
        catch (HttpRequestException exception)
        {
            // The service may refuse a body before it has come whole, and close the connection.
            return exception.HttpRequestError == HttpRequestError.Unknown ? "cut" : exception.HttpRequestError.ToString();
        }
    }
}
