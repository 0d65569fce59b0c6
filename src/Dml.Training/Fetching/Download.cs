using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Dml.Files;
using Dml.Training.Progress;

namespace Dml.Training.Fetching;

/// <summary>
/// Downloads one known file: to a temporary name, continued where an earlier attempt stopped, and renamed only when its hash is right. It
/// speaks https, and http only with this machine.
/// </summary>
/// <param name="file">What to download.</param>
/// <param name="folder">Where it is to be; created if it is missing.</param>
/// <param name="display">Shows the progress.</param>
internal sealed class Download(KnownFile file, string folder, IDisplay display)
{
    private const int MostRedirects = 5;
    private const int BufferBytes = 1 << 17;
    private const double Megabyte = 1e6;
    private readonly string _target = Path.Combine(folder, file.FileName);

    /// <summary>The longest silence of the server.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    // The version of the file that the part belongs to, as the server names it.
    private string PartTag => Part + ".etag";

    private string Part => _target + ".part";

    /// <summary>Downloads it unless it is there, whole and right.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="FetchException">It could not be had; what was received is kept where it can be continued.</exception>
    public string Run(CancellationToken cancel)
    {
        display.Say($"{file.Name}: {file.Address}");
        display.Say($"Licence: {file.Licence}");
        Directory.CreateDirectory(folder);
        if (File.Exists(_target))
        {
            if (IsRight(HashOf(_target, cancel)))
            {
                display.Say($"It is there already, and its hash is right: {_target}");
                return _target;
            }

            display.Say($"{_target} is damaged; it is downloaded again.");
        }

        using var part = OpenPart();
        try
        {
            Receive(part, cancel);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException && !DiskFull.Caused(e))
        {
            throw new FetchException(
                $"{file.Address}: {e.Message} What was received is kept: repeat dml fetch {file.Name} to continue.", e);
        }

        part.Flush(flushToDisk: true);
        part.Position = 0;
        var hash = HashOf(part, cancel);
        part.Dispose();
        if (!IsRight(hash))
        {
            Forget();
            throw new FetchException(
                $"{file.Address} gave another file than expected: its SHA-256 is {hash}, expected was {Expected}. It was deleted. Do not "
                    + "use this address until its makers explain the change.");
        }

        File.Move(Part, _target, overwrite: true);
        File.Delete(PartTag);
        FolderFlush.Flush(folder);
        display.Say($"Its SHA-256 is right ({Expected}). Written: {_target}");
        return _target;
    }

    private string Expected => file.HasWholeHash ? file.Sha256 : $"{file.Sha256}…, the digits that its makers publish";

    private bool IsRight(string hash) => hash.StartsWith(file.Sha256, StringComparison.Ordinal);

    private FileStream OpenPart()
    {
        try
        {
            return new(Part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferBytes);
        }
        catch (IOException e) when (!DiskFull.Caused(e))
        {
            throw new FetchException($"{Part} cannot be opened; another dml fetch may be at work. {e.Message}", e);
        }
    }

    private void Receive(FileStream part, CancellationToken cancel)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = Patience };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        var tag = part.Length > 0 && File.Exists(PartTag) && EntityTagHeaderValue.TryParse(File.ReadAllText(PartTag), out var kept)
            ? kept
            : null;
        var from = tag is null ? 0 : part.Length;
        var response = Ask(client, from, tag, cancel);
        using var first = response;
        if (tag is not null && !Continues(response, from) && response.StatusCode != HttpStatusCode.OK)
        {
            // It has no such part, or gives another one: once more from the beginning.
            Restart(part);
            (from, response) = (0, Ask(client, 0, null, cancel));
        }

        using var last = response;
        if (!Continues(response, from) && response.StatusCode != HttpStatusCode.OK)
        {
            throw new FetchException(
                $"{file.Address}: the server answered {(int)response.StatusCode}. The file may have moved; the makers of {file.Name} say "
                    + $"where it is, and \"pretrained\" in a recipe takes any path.");
        }

        if (response.StatusCode == HttpStatusCode.OK)
        {
            Restart(part);
            from = 0;
            // A weak tag promises something alike, not the same bytes.
            if (response.Headers.ETag is { IsWeak: false } given)
            {
                AtomicFile.Write(PartTag, Encoding.UTF8.GetBytes(given.ToString()));
            }
        }

        var total = from + response.Content.Headers.ContentLength;
        if (total > file.MostBytes)
        {
            throw TooLarge(part);
        }

        part.Position = from;
        Copy(response, part, total, cancel);
        if (total is { } expected && part.Length != expected)
        {
            throw new IOException($"The connection ended after {part.Length} of {expected} bytes.");
        }
    }

    private static bool Continues(HttpResponseMessage response, long from) =>
        response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == from;

    private void Copy(HttpResponseMessage response, FileStream part, long? total, CancellationToken cancel)
    {
        display.Begin($"download {file.FileName}", total ?? file.MostBytes);
        using var stream = response.Content.ReadAsStream(cancel);
        var buffer = new byte[BufferBytes];
        while (true)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            var read = Waited(() => stream.ReadAsync(buffer, patience.Token).AsTask().GetAwaiter().GetResult(), cancel);
            if (read == 0)
            {
                return;
            }

            if (part.Position + read > file.MostBytes)
            {
                throw TooLarge(part);
            }

            part.Write(buffer, 0, read);
            display.Advance(
                part.Position, string.Create(CultureInfo.InvariantCulture, $"{part.Position / Megabyte:F1} MB"));
        }
    }

    private HttpResponseMessage Ask(HttpClient client, long from, EntityTagHeaderValue? tag, CancellationToken cancel)
    {
        var address = file.Address;
        for (var redirects = 0; ; redirects++)
        {
            CheckAddress(address);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (tag is not null)
            {
                request.Headers.Range = new(from, null);
                request.Headers.IfRange = new(tag);
            }

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            var response = Waited(
                () => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).GetAwaiter().GetResult(), cancel);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
            {
                return response;
            }

            response.Dispose();
            if (redirects == MostRedirects)
            {
                throw new HttpRequestException($"The server redirects more than {MostRedirects} times.");
            }

            address = new(address, location);
        }
    }

    // Of this machine only where the file itself is here: no publisher has business with its other services.
    private void CheckAddress(Uri address)
    {
        var isHere = address.Scheme == Uri.UriSchemeHttp && address.IsLoopback && file.Address.IsLoopback;
        if (address.Scheme != Uri.UriSchemeHttps && !isHere)
        {
            throw new FetchException($"{address} is not read: only https is, because anybody on the way can change what comes by http.");
        }
    }

    private T Waited<T>(Func<T> work, CancellationToken cancel)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"The server was silent for {Patience.TotalSeconds:F0} seconds.", e);
        }
    }

    private void Restart(FileStream part)
    {
        part.SetLength(0);
        File.Delete(PartTag);
    }

    private void Forget()
    {
        File.Delete(Part);
        File.Delete(PartTag);
    }

    private FetchException TooLarge(FileStream part)
    {
        Restart(part);
        return new FetchException($"{file.Address} gives more than {file.MostBytes} bytes, which cannot be the expected file.");
    }

    private string HashOf(string path, CancellationToken cancel)
    {
        using var stream = File.OpenRead(path);
        return HashOf(stream, cancel);
    }

    private string HashOf(Stream stream, CancellationToken cancel)
    {
        display.Begin($"check {file.FileName}", stream.Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        for (var read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            cancel.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
            display.Advance(stream.Position, "");
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
