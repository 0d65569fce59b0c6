using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Dml.Index.Files;

/// <summary>Reads an index file, after checking that it is complete and of this version.</summary>
internal sealed class IndexFileReader : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly nint _first;
    private readonly long _bodyEnd;
    private readonly int _blocks;
    private long _position;

    private unsafe IndexFileReader(string path, FileStream stream)
    {
        (_path, _stream) = (path, stream);
        var length = stream.Length;

        // Every block has a digest, and the digest of all digests follows, so the length determines the number of blocks.
        _blocks = (int)((length + IndexFormat.BlockBytes - 1) / (IndexFormat.BlockBytes + IndexFormat.DigestBytes));
        _bodyEnd = length - ((_blocks + 1L) * IndexFormat.DigestBytes);
        if (length > 0)
        {
            _map = MemoryMappedFile.CreateFromFile(
                stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* first = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
            _first = (nint)(first + _view.PointerOffset);
        }
    }

    public int Dimension { get; private set; }

    public Metric Metric { get; private set; }

    public long Tag { get; private set; }

    private long Left => _bodyEnd - _position;

    /// <exception cref="IndexFileException">The file is not an index file, is of another version or kind, truncated or damaged.</exception>
    public static IndexFileReader Open(string path, int kind)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Index files are little-endian; this machine is big-endian and cannot read them.");
        }

        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        IndexFileReader? reader = null;
        try
        {
            reader = new IndexFileReader(path, stream);
            reader.ReadHeader(kind);
            return reader;
        }
        catch
        {
            reader?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    public int ReadInt32(int least, int most)
    {
        var value = 0;
        Read(new Span<int>(ref value));
        return value >= least && value <= most
            ? value
            : throw Damaged($"a number from {least} to {most} was expected, but {value} was found");
    }

    public long ReadInt64()
    {
        long value = 0;
        Read(new Span<long>(ref value));
        return value;
    }

    public unsafe void Read<T>(Span<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        if (bytes.Length > Left)
        {
            throw Damaged($"{bytes.Length} more bytes were expected, but {Left} are left");
        }

        new ReadOnlySpan<byte>((void*)(_first + (nint)_position), bytes.Length).CopyTo(bytes);
        _position += bytes.Length;
    }

    /// <summary>Reads a count of elements of at least so many bytes. A count that the file cannot hold is refused.</summary>
    public int ReadCount(int bytesEach)
    {
        var count = ReadInt32(0, Array.MaxLength);
        return (long)count * bytesEach <= Left ? count : throw Damaged($"{count} items cannot be in a file of {_stream.Length} bytes");
    }

    /// <summary>Skips to the next multiple of a page.</summary>
    public void Align() => _position = (_position + IndexFormat.PageBytes - 1) & ~(long)(IndexFormat.PageBytes - 1);

    /// <summary>Maps the vectors that follow instead of reading them; null if there are none.</summary>
    public MappedVectors? MapVectors(int count, int dimension)
    {
        var bytes = (long)count * dimension * sizeof(float);
        if (bytes > Left)
        {
            throw Damaged($"{bytes} bytes of vectors were expected, but {Left} are left");
        }

        var at = _position;
        _position += bytes;
        return count == 0 ? null : new MappedVectors(_stream, at, count, dimension);
    }

    public IndexFileException Damaged(string what) => new(
        $"The index file '{_path}' is damaged: {what}. Delete it and let the index be built again from the catalogue.");

    public void Dispose()
    {
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _map?.Dispose();
        _stream.Dispose();
    }

    private void ReadHeader(int kind)
    {
        const int Least = IndexFormat.HeaderBytes + (2 * IndexFormat.DigestBytes);
        if (_stream.Length < Least)
        {
            throw Damaged($"it has {_stream.Length} bytes; an index file has at least {Least}");
        }

        Span<byte> magic = stackalloc byte[IndexFormat.Magic.Length];
        Read(magic);
        if (!magic.SequenceEqual(IndexFormat.Magic))
        {
            throw new IndexFileException(
                $"'{_path}' is not an index file: it should begin with 'DMLINDEX', but begins with the bytes {Convert.ToHexString(magic)}. "
                + "Give the path of a file that an index saved.");
        }

        var version = ReadInt32(int.MinValue, int.MaxValue);
        if (version != IndexFormat.Version)
        {
            throw new IndexFileException(
                $"The index file '{_path}' has format version {version}, but this program reads version {IndexFormat.Version}. "
                + "Load it with the program that wrote it, or delete it and let the index be built again from the catalogue.");
        }

        CheckWhole();
        var came = ReadInt32(int.MinValue, int.MaxValue);
        if (came != kind)
        {
            throw new IndexFileException(
                $"The index file '{_path}' holds {KindName(came)}, but {KindName(kind)} was expected. "
                + "Load it with the class that saved it.");
        }

        Dimension = ReadInt32(1, int.MaxValue);
        Metric = (Metric)ReadInt32((int)Metric.InnerProduct, (int)Metric.L2);
        Tag = ReadInt64();
    }

    private static string KindName(int kind) => kind switch
    {
        IndexFormat.ExactKind => "an exact index",
        IndexFormat.HnswKind => "an HNSW index",
        _ => $"an index of unknown kind {kind}",
    };

    /// <summary>Checks the digests of the whole file before anything in it is used, such as a count to allocate by.</summary>
    private unsafe void CheckWhole()
    {
        var digestBytes = _blocks * IndexFormat.DigestBytes;
        var digests = new ReadOnlySpan<byte>((void*)(_first + (nint)_bodyEnd), digestBytes);
        var digestOfDigests = new ReadOnlySpan<byte>((void*)(_first + (nint)_bodyEnd + digestBytes), IndexFormat.DigestBytes);
        if (!SHA256.HashData(digests).AsSpan().SequenceEqual(digestOfDigests))
        {
            throw Damaged("the checksums at its end are wrong: it was cut short or changed");
        }

        var result = Parallel.For(0, _blocks, (block, state) =>
        {
            var start = (long)block * IndexFormat.BlockBytes;
            var length = (int)Math.Clamp(_bodyEnd - start, 0, IndexFormat.BlockBytes);
            Span<byte> actual = stackalloc byte[IndexFormat.DigestBytes];
            SHA256.HashData(new ReadOnlySpan<byte>((void*)(_first + (nint)start), length), actual);
            var stated = _first + (nint)_bodyEnd + (block * IndexFormat.DigestBytes);
            if (!actual.SequenceEqual(new ReadOnlySpan<byte>((void*)stated, IndexFormat.DigestBytes)))
            {
                state.Break();
            }
        });
        if (result.LowestBreakIteration is long wrong)
        {
            throw Damaged($"the SHA-256 of the bytes from {wrong * IndexFormat.BlockBytes} on does not match: they were changed");
        }
    }
}
