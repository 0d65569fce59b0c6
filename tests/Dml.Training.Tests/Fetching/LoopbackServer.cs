using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dml.Training.Tests.Fetching;

/// <summary>Answers every connection with what a test says, byte for byte, and closes it.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, Stream, Task> _answer;
    private readonly Task _work;

    /// <param name="answer">Gets the request's head and writes the response.</param>
    internal LoopbackServer(Func<string, Stream, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _work = Task.Run(ServeAsync);
    }

    /// <summary>The heads of the requests so far.</summary>
    internal List<string> Requests { get; } = [];

    internal Uri Address(string file) => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/{file}");

    public void Dispose()
    {
        _listener.Stop();
        Assert.True(_work.Wait(TimeSpan.FromMinutes(1)), "The server does not stop.");
        _listener.Dispose();
    }

    internal static Task SendAsync(Stream stream, string head, ReadOnlyMemory<byte> body = default)
    {
        var bytes = Encoding.ASCII.GetBytes($"HTTP/1.1 {head.ReplaceLineEndings("\r\n")}\r\nConnection: close\r\n\r\n");
        return stream.WriteAsync((byte[])[.. bytes, .. body.Span]).AsTask();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await using var stream = client.GetStream();
                var head = await HeadAsync(stream);
                lock (Requests)
                {
                    Requests.Add(head);
                }

                try
                {
                    await _answer(head, stream);
                }
                catch (IOException)
                {
                    // The client left.
                }
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // Stopped.
        }
    }

    private static async Task<string> HeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
