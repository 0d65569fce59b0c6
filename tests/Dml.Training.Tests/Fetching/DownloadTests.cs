using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Dml.Training.Fetching;
using Dml.Training.Progress;

namespace Dml.Training.Tests.Fetching;

/// <summary>Against a server on this machine: the published addresses cannot be reached where these tests run.</summary>
public sealed partial class DownloadTests : IDisposable
{
    private const string Tag = "\"v1\"";
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = new byte[700_000];
    private readonly StringWriter _output = new();

    public DownloadTests() => new Random(3).NextBytes(_content);

    private string Target => _folder.File("cache/weights.pth");

    private string Part => Target + ".part";

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
    }

    [Theory]
    [InlineData(64)]
    [InlineData(8)]
    public void A_file_is_written_once_its_hash_is_right_and_not_downloaded_again(int digits)
    {
        using var server = new LoopbackServer((_, stream) => WholeAsync(stream));
        Assert.Equal(Target, Run(server, hash: Hash[..digits]));
        Assert.Equal(_content, File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles(_folder.File("cache")));
        Assert.StartsWith("test: http://127.0.0.1", _output.ToString(), StringComparison.Ordinal);
        Assert.Matches("Licence: MIT[^\\n]*\\n(.|\\n)*weights.pth 700000/700000", _output.ToString());

        Run(server, hash: Hash[..digits]);
        Assert.Single(server.Requests);
        File.WriteAllBytes(Target, [1, 2, 3]);
        Run(server, hash: Hash[..digits]);
        Assert.Equal(_content, File.ReadAllBytes(Target));
    }

    [Fact]
    public void What_was_cut_off_is_continued_where_it_ended()
    {
        var cut = true;
        using var server = new LoopbackServer((head, stream) => cut ? WholeAsync(stream, 300_000) : RestAsync(head, stream));
        var error = Assert.Throws<FetchException>(() => Run(server));
        Assert.Contains("repeat dml fetch test", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        Assert.Equal(_content[..300_000], File.ReadAllBytes(Part));

        cut = false;
        Run(server);
        Assert.Equal(_content, File.ReadAllBytes(Target));
        Assert.Contains("Range: bytes=300000-", server.Requests[1], StringComparison.Ordinal);
        Assert.Contains($"If-Range: {Tag}", server.Requests[1], StringComparison.Ordinal);
        Assert.Equal([Target], Directory.GetFiles(_folder.File("cache")));
    }

    [Fact]
    public void A_server_that_ignores_the_range_is_read_from_the_beginning()
    {
        var cut = true;
        using var server = new LoopbackServer((_, stream) => WholeAsync(stream, cut ? 300_000 : null));
        Assert.Throws<FetchException>(() => Run(server));
        cut = false;
        Run(server);
        Assert.Equal(_content, File.ReadAllBytes(Target));
    }

    [Theory]
    [InlineData("416 Range Not Satisfiable\nContent-Length: 0")]
    [InlineData("206 Partial Content\nContent-Range: bytes 5-9/10\nContent-Length: 5")]
    public void A_server_that_cannot_continue_is_asked_for_all_of_it(string answer)
    {
        var cut = true;
        using var server = new LoopbackServer((head, stream) =>
            cut ? WholeAsync(stream, 300_000)
            : head.Contains("Range:", StringComparison.Ordinal) ? LoopbackServer.SendAsync(stream, answer, new byte[5])
            : WholeAsync(stream));
        Assert.Throws<FetchException>(() => Run(server));
        cut = false;
        Run(server);
        Assert.Equal(_content, File.ReadAllBytes(Target));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void Without_a_strong_tag_it_begins_anew()
    {
        using var server = new LoopbackServer((_, stream) => WholeAsync(stream, 300_000, tag: "W/\"v1\""));
        Assert.Throws<FetchException>(() => Run(server));
        Assert.Throws<FetchException>(() => Run(server));
        Assert.DoesNotContain("Range:", server.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Another_file_is_deleted()
    {
        using var server = new LoopbackServer((_, stream) => WholeAsync(stream));
        var error = Assert.Throws<FetchException>(() => Run(server, hash: new string('0', 64)));
        Assert.Contains(Hash, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.File("cache")));
    }

    [Fact]
    public void A_larger_file_is_not_read_to_its_end()
    {
        using var announced = new LoopbackServer((_, stream) => WholeAsync(stream));
        Assert.Contains("more than 1000 bytes", Assert.Throws<FetchException>(() => Run(announced, most: 1000)).Message);
        using var endless = new LoopbackServer(async (_, stream) =>
        {
            await LoopbackServer.SendAsync(stream, "200 OK");
            for (var i = 0; i < 100_000; i++)
            {
                await stream.WriteAsync(_content);
            }
        });
        Assert.Contains("more than 1000 bytes", Assert.Throws<FetchException>(() => Run(endless, most: 1000)).Message);
        Assert.False(File.Exists(Target));
        Assert.Equal(0, new FileInfo(Part).Length);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    public void A_refusal_says_its_number(int status)
    {
        using var server = new LoopbackServer((_, stream) => LoopbackServer.SendAsync(stream, $"{status} No\nContent-Length: 0"));
        Assert.Contains($"{status}", Assert.Throws<FetchException>(() => Run(server)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public void Redirects_are_followed_but_not_to_plain_http_elsewhere_and_not_forever()
    {
        using var server = new LoopbackServer((head, stream) =>
            head.StartsWith("GET /weights.pth ", StringComparison.Ordinal)
                ? LoopbackServer.SendAsync(stream, "302 Found\nLocation: /elsewhere\nContent-Length: 0")
                : WholeAsync(stream));
        Run(server);
        Assert.Equal(_content, File.ReadAllBytes(Target));
        File.Delete(Target);

        using var plain = new LoopbackServer((_, stream) =>
            LoopbackServer.SendAsync(stream, "302 Found\nLocation: http://example.com/weights.pth\nContent-Length: 0"));
        Assert.Contains("only https", Assert.Throws<FetchException>(() => Run(plain)).Message, StringComparison.Ordinal);
        using var circle = new LoopbackServer((_, stream) =>
            LoopbackServer.SendAsync(stream, "302 Found\nLocation: /weights.pth\nContent-Length: 0"));
        Assert.Contains("redirects", Assert.Throws<FetchException>(() => Run(circle)).Message, StringComparison.Ordinal);
        Assert.Equal(6, circle.Requests.Count);
    }

    [Theory]
    [InlineData("http://example.com/weights.pth")]
    [InlineData("ftp://127.0.0.1/weights.pth")]
    [InlineData("file:///etc/passwd")]
    public void Only_https_is_read_from_elsewhere(string address) =>
        Assert.Contains(
            "only https",
            Assert.Throws<FetchException>(() => Of(new(address), Hash, 1000).Run(TestContext.Current.CancellationToken)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_silent_server_is_given_up()
    {
        using var server = new LoopbackServer(async (head, stream) =>
        {
            await LoopbackServer.SendAsync(stream, $"200 OK\nETag: {Tag}\nContent-Length: 700000", _content.AsMemory(0, 1000));
            await Task.Delay(TimeSpan.FromSeconds(2));
        });
        var error = Assert.Throws<FetchException>(() => Run(server, patience: TimeSpan.FromMilliseconds(300)));
        Assert.Contains("silent", error.Message, StringComparison.Ordinal);
        Assert.Equal(1000, new FileInfo(Part).Length);
    }

    [Fact]
    public void Stopping_keeps_what_was_received()
    {
        using var stop = new CancellationTokenSource();
        using var server = new LoopbackServer(async (head, stream) =>
        {
            if (head.Contains("Range:", StringComparison.Ordinal))
            {
                await RestAsync(head, stream);
                return;
            }

            await LoopbackServer.SendAsync(stream, $"200 OK\nETag: {Tag}\nContent-Length: 700000", _content.AsMemory(0, 1000));
            await Task.Delay(200);
            await stop.CancelAsync();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => Of(server.Address("weights.pth"), Hash, 1_000_000).Run(stop.Token));
        Assert.Equal(1000, new FileInfo(Part).Length);
        Run(server);
        Assert.Equal(_content, File.ReadAllBytes(Target));
    }

    [Fact]
    public void Two_downloads_of_one_file_do_not_mix()
    {
        Directory.CreateDirectory(_folder.File("cache"));
        using var other = new FileStream(Part, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        using var server = new LoopbackServer((_, stream) => WholeAsync(stream));
        Assert.Contains("another dml fetch", Assert.Throws<FetchException>(() => Run(server)).Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    private string Hash => Convert.ToHexStringLower(SHA256.HashData(_content));

    private string Run(LoopbackServer server, string? hash = null, long most = 1_000_000, TimeSpan? patience = null) =>
        Of(server.Address("weights.pth"), hash ?? Hash, most, patience).Run(TestContext.Current.CancellationToken);

    private Download Of(Uri address, string hash, long most, TimeSpan? patience = null) =>
        new(
            new KnownFile("test", "resnet-18", address, "MIT", hash, most), _folder.File("cache"),
            new PlainDisplay(_output, TimeProvider.System))
        {
            Patience = patience ?? TimeSpan.FromSeconds(30),
        };

    private Task WholeAsync(Stream stream, int? cut = null, string tag = Tag) => LoopbackServer.SendAsync(
        stream, $"200 OK\nETag: {tag}\nContent-Length: {_content.Length}", _content.AsMemory(0, cut ?? _content.Length));

    private Task RestAsync(string head, Stream stream)
    {
        var from = int.Parse(RangeHeader().Match(head).Groups[1].Value, CultureInfo.InvariantCulture);
        return LoopbackServer.SendAsync(
            stream,
            $"206 Partial Content\nETag: {Tag}\nContent-Range: bytes {from}-{_content.Length - 1}/{_content.Length}\n"
                + $"Content-Length: {_content.Length - from}",
            _content.AsMemory(from));
    }

    [GeneratedRegex(@"Range: bytes=(\d+)-")]
    private static partial Regex RangeHeader();
}
