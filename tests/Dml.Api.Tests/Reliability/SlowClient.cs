using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dml.Api.Tests.Reliability;

/// <summary>A client that sends a byte a second, and what it was answered.</summary>
internal sealed class SlowClient : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly byte[] _request;
    private int _sent;
    private Task _reading = Task.CompletedTask;
    private NetworkStream _stream = null!;

    /// <param name="quick">What is sent immediately.</param>
    /// <param name="slow">What follows byte by byte.</param>
    public SlowClient(string quick, string slow)
    {
        _request = Encoding.ASCII.GetBytes(quick + slow);
        _sent = quick.Length;
    }

    /// <summary>What came back, all of it.</summary>
    public StringBuilder Answer { get; } = new();

    /// <summary>Whether the service has closed the connection.</summary>
    public bool IsCut { get; private set; }

    public async Task ConnectAsync(Uri service, CancellationToken cancel)
    {
        await _client.ConnectAsync(IPAddress.Loopback, service.Port, cancel);
        _stream = _client.GetStream();
        await _stream.WriteAsync(_request.AsMemory(0, _sent), cancel);
        _reading = ReadAsync(cancel);
    }

    public async Task SendByteAsync(CancellationToken cancel)
    {
        if (IsCut || _sent == _request.Length)
        {
            return;
        }

        try
        {
            await _stream.WriteAsync(_request.AsMemory(_sent++, 1), cancel);
        }
        catch (IOException)
        {
            IsCut = true;
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task ReadAsync(CancellationToken cancel)
    {
        var buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer, cancel) is var read and > 0)
            {
                Answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // Reset: the answer, if there was one, came before.
        }

        IsCut = true;
    }
}
