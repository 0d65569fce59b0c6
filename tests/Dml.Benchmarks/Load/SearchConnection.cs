using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dml.Benchmarks.Load;

/// <summary>
/// One client: a persistent connection on a blocking socket. It shares the cores with the service under test, so a request costs only two
/// system calls and no allocation.
/// </summary>
internal sealed class SearchConnection : IDisposable
{
    private const int StatusAt = 9;
    private readonly Socket _socket;
    private readonly byte[] _head;
    private byte[] _sent = [];
    private byte[] _received = new byte[64 * 1024];

    public SearchConnection(Uri service, int k)
    {
        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(IPAddress.Parse(service.Host), service.Port);
        _head = Encoding.ASCII.GetBytes(
            $"POST /search?k={k} HTTP/1.1\r\nHost: {service.Authority}\r\nContent-Type: application/octet-stream\r\nContent-Length: ");
    }

    /// <summary>Sends one picture and reads the whole response.</summary>
    /// <param name="picture">The bytes of the picture file.</param>
    /// <param name="mark">Bytes appended to the file, which decoders ignore; they make it a new file.</param>
    public SearchAnswer Search(ReadOnlySpan<byte> picture, ReadOnlySpan<byte> mark)
    {
        var length = picture.Length + mark.Length;
        if (_sent.Length < _head.Length + 16 + length)
        {
            _sent = new byte[_head.Length + 16 + length];
        }

        _head.CopyTo(_sent, 0);
        Utf8Formatter.TryFormat(length, _sent.AsSpan(_head.Length), out var digits);
        var at = _head.Length + digits;
        "\r\n\r\n"u8.CopyTo(_sent.AsSpan(at));
        picture.CopyTo(_sent.AsSpan(at + 4));
        mark.CopyTo(_sent.AsSpan(at + 4 + picture.Length));
        _socket.Send(_sent.AsSpan(0, at + 4 + length));
        return Read();
    }

    public void Dispose() => _socket.Dispose();

    private SearchAnswer Read()
    {
        var length = 0;
        var end = -1;
        while (end < 0 || length < end)
        {
            if (length == _received.Length)
            {
                Array.Resize(ref _received, 2 * length);
            }

            var read = _socket.Receive(_received.AsSpan(length));
            if (read == 0)
            {
                throw new IOException("The service closed the connection.");
            }

            length += read;
            end = end < 0 ? EndOf(_received.AsSpan(0, length)) : end;
        }

        var answer = _received.AsSpan(0, length);
        var status = Utf8Parser.TryParse(answer[StatusAt..], out int number, out _) ? number : 0;
        return new SearchAnswer(status, Timing(answer, "decode;dur="u8), Timing(answer, "embed;dur="u8), Timing(answer, "search;dur="u8));
    }

    /// <summary>The end of the response; -1 if the bytes so far do not tell.</summary>
    private static int EndOf(ReadOnlySpan<byte> bytes)
    {
        var body = bytes.IndexOf("\r\n\r\n"u8);
        if (body < 0)
        {
            return -1;
        }

        var headers = bytes[..body];
        var stated = headers.IndexOf("Content-Length: "u8);
        if (stated >= 0 && Utf8Parser.TryParse(headers[(stated + 16)..], out int length, out _))
        {
            return body + 4 + length;
        }
        // Chunked encoding: the JSON itself contains no line breaks.
        return bytes.EndsWith("\r\n0\r\n\r\n"u8) ? bytes.Length : -1;
    }

    private static double Timing(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> name)
    {
        var at = answer.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(answer[(at + name.Length)..], out double milliseconds, out _) ? milliseconds : 0;
    }
}
