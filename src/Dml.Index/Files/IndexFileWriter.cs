using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Dml.Index.Files;

/// <summary>Writes an index file whole or not at all.</summary>
internal sealed class IndexFileWriter : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly Stream _stream;
    private int _buffered;

    private IndexFileWriter(Stream stream) => _stream = stream;

    public static void Save(string path, int kind, int dimension, Metric metric, long tag, Action<IndexFileWriter> writeBody)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Index files are little-endian; this machine is big-endian and cannot write them.");
        }

        string temporary = $"{Path.GetFullPath(path)}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            using (var writer = new IndexFileWriter(stream))
            {
                writer.Write(IndexFormat.Magic);
                writer.Write(IndexFormat.Version);
                writer.Write(kind);
                writer.Write(dimension);
                writer.Write((int)metric);
                writer.Write(tag);
                writeBody(writer);
                writer.Finish();
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public void Write(int value) => Write(new ReadOnlySpan<int>(in value));

    public void Write(long value) => Write(new ReadOnlySpan<long>(in value));

    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values);
        while (bytes.Length > 0)
        {
            if (_buffered == _buffer.Length)
            {
                FlushBuffer();
            }

            int part = Math.Min(bytes.Length, _buffer.Length - _buffered);
            bytes[..part].CopyTo(_buffer.AsSpan(_buffered));
            _buffered += part;
            bytes = bytes[part..];
        }
    }

    public void Dispose() => _hash.Dispose();

    private void Finish()
    {
        FlushBuffer();
        _stream.Write(_hash.GetHashAndReset());
    }

    private void FlushBuffer()
    {
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(0, _buffered);
        _hash.AppendData(bytes);
        _stream.Write(bytes);
        _buffered = 0;
    }
}
