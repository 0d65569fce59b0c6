using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dml.Files;

namespace Dml.Index.Files;

/// <summary>Writes an index file completely or not at all.</summary>
internal sealed class IndexFileWriter
{
    private readonly byte[] _block = new byte[IndexFormat.BlockBytes];
    private readonly List<byte> _digests = [];
    private readonly Stream _stream;
    private int _filled;
    private long _written;

    private IndexFileWriter(Stream stream) => _stream = stream;

    /// <summary>Bytes written so far.</summary>
    public long Position => _written + _filled;

    /// <returns>The digest at the end of the file.</returns>
    public static byte[] Save(string path, int kind, int dimension, Metric metric, long tag, Action<IndexFileWriter> writeBody)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Index files are little-endian; this machine is big-endian and cannot write them.");
        }

        // Otherwise a misspelt path would make a new folder.
        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new DirectoryNotFoundException($"The folder of the index file '{path}' does not exist.");
        }

        byte[] digest = [];
        AtomicFile.Write(path, stream =>
        {
            var writer = new IndexFileWriter(stream);
            writer.Write(IndexFormat.Magic);
            writer.Write(IndexFormat.Version);
            writer.Write(kind);
            writer.Write(dimension);
            writer.Write((int)metric);
            writer.Write(tag);
            writeBody(writer);
            digest = writer.Finish();
        });
        return digest;
    }

    public void Write(int value) => Write(new ReadOnlySpan<int>(in value));

    public void Write(long value) => Write(new ReadOnlySpan<long>(in value));

    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        while (bytes.Length > 0)
        {
            var part = Math.Min(bytes.Length, _block.Length - _filled);
            bytes[..part].CopyTo(_block.AsSpan(_filled));
            bytes = bytes[part..];
            _filled += part;
            if (_filled == _block.Length)
            {
                FlushBlock();
            }
        }
    }

    /// <summary>Pads to the next multiple of a page.</summary>
    public void Align() => Write<byte>(new byte[(int)(-Position & (IndexFormat.PageBytes - 1))]);

    private byte[] Finish()
    {
        if (_filled > 0)
        {
            FlushBlock();
        }

        byte[] digests = [.. _digests];
        var digest = SHA256.HashData(digests);
        _stream.Write(digests);
        _stream.Write(digest);
        return digest;
    }

    private void FlushBlock()
    {
        ReadOnlySpan<byte> block = _block.AsSpan(0, _filled);
        _digests.AddRange(SHA256.HashData(block));
        _stream.Write(block);
        _written += _filled;
        _filled = 0;
    }
}
