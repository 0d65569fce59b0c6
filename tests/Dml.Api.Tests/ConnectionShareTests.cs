using System.Net;
using System.Net.Sockets;
using System.Text;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>One address leaves connections to the others.</summary>
public sealed class ConnectionShareTests : IDisposable
{
    private const int Share = 3;
    private static readonly IPAddress Crowd = IPAddress.Parse("127.0.0.2");
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly TestFolder _folder = new();
    private readonly List<Socket> _sockets = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _folder.Dispose();
    }

    [Fact]
    public async Task Beyond_its_share_an_address_is_turned_away_and_others_are_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all addresses of 127.0.0.0/8.");
        await using var service = await TestService.StartAsync(_folder, $"--Limits:ConnectionsPerAddress={Share}");
        for (var i = 0; i < Share; i++)
        {
            Assert.StartsWith("HTTP/1.1 200", await AskAsync(service), StringComparison.Ordinal);
        }

        Assert.Equal("", await AskAsync(service));
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync("stats", Cancel)).StatusCode);

        // One that is closed makes room.
        _sockets[0].Dispose();
        await Eventually.SeeAsync(
            () => AskAsync(service), answer => answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal), "an answer", Cancel);
    }

    [Fact]
    public async Task A_known_proxy_has_no_share()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all addresses of 127.0.0.0/8.");
        await using var service = await TestService.StartAsync(
            _folder, $"--Limits:ConnectionsPerAddress={Share}", "--Security:KnownProxies:0=127.0.0.0/30");
        for (var i = 0; i < 2 * Share; i++)
        {
            Assert.StartsWith("HTTP/1.1 200", await AskAsync(service), StringComparison.Ordinal);
        }
    }

    // The beginning of the answer on a new connection, which stays open; empty if it is closed.
    private async Task<string> AskAsync(TestService service)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        socket.Bind(new IPEndPoint(Crowd, 0));
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, service.Http.BaseAddress!.Port), Cancel);
            await socket.SendAsync(Encoding.ASCII.GetBytes("GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n"), Cancel);
            var answer = new byte[100];
            var length = await socket.ReceiveAsync(answer, Cancel).AsTask().WaitAsync(Soon, Cancel);
            return Encoding.ASCII.GetString(answer, 0, length);
        }
        catch (SocketException)
        {
            // Reset.
            return "";
        }
    }
}
