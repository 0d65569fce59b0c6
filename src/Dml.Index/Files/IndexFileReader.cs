using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Dml.Index.Files;

/// <summary>Reads an index file, after it has proved to be whole and of this version.</summary>
internal sealed class IndexFileReader : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;

    private IndexFileReader(string path, FileStream stream) => (_path, _stream) = (path, stream);

    public int Dimension { get; private set; }

    public Metric Metric { get; private set; }

    public long Tag { get; private set; }

    /// <exception cref="IndexFileException">It is no index file, of another version or kind, cut short or damaged.</exception>
    public static IndexFileReader Open(string path, int kind)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Index files are little-endian; this machine is big-endian and cannot read them.");
        }

        var reader = new IndexFileReader(path, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
        try
        {
            reader.ReadHeader(kind);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public int ReadInt32(int least, int most)
    {
        int value = 0;
        Read(new Span<int>(ref value));
        return value >= least && value <= most ? value : throw Damaged($"a number from {least} to {most} was expected, but {value} came");
    }

    public long ReadInt64()
    {
        long value = 0;
        Read(new Span<long>(ref value));
        return value;
    }

    public void Read<T>(Span<T> values)
        where T : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(values);
        if (bytes.Length > BodyLeft)
        {
            throw Damaged($"{bytes.Length} more bytes were expected, but {BodyLeft} are left");
        }

        _stream.ReadExactly(bytes);
    }

    /// <summary>For a count of things that take so many bytes each at least: more than the file can hold is refused before memory is taken.</summary>
    public int ReadCount(int bytesEach)
    {
        int count = ReadInt32(0, Array.MaxLength);
        return (long)count * bytesEach <= BodyLeft ? count : throw Damaged($"{count} items cannot be in a file of {_stream.Length} bytes");
    }

    public IndexFileException Damaged(string what) => new(
        $"The index file '{_path}' is damaged: {what}. Delete it and let the index be built again from the catalogue.");

    public void Dispose() => _stream.Dispose();

    private long BodyLeft => _stream.Length - IndexFormat.DigestBytes - _stream.Position;

    private void ReadHeader(int kind)
    {
        const int Least = IndexFormat.HeaderBytes + IndexFormat.DigestBytes;
        if (_stream.Length < Least)
        {
            throw Damaged($"it has {_stream.Length} bytes, an index file at least {Least}");
        }

        Span<byte> magic = stackalloc byte[IndexFormat.Magic.Length];
        Read(magic);
        if (!magic.SequenceEqual(IndexFormat.Magic))
        {
            throw new IndexFileException(
                $"'{_path}' is not an index file: it should begin with 'DMLINDEX', but begins with the bytes {Convert.ToHexString(magic)}. "
                + "Give the path of a file that an index saved.");
        }

        int version = ReadInt32(int.MinValue, int.MaxValue);
        if (version != IndexFormat.Version)
        {
            throw new IndexFileException(
                $"The index file '{_path}' has format version {version}, but this program reads version {IndexFormat.Version}. "
                + "Load it with the program that wrote it, or delete it and let the index be built again from the catalogue.");
        }

        CheckWhole();
        _stream.Position = IndexFormat.Magic.Length + sizeof(int);
        int came = ReadInt32(int.MinValue, int.MaxValue);
        if (came != kind)
        {
            throw new IndexFileException(
                $"The index file '{_path}' holds {KindName(came)}, but {KindName(kind)} was expected. Load it with the class that saved it.");
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

    /// <summary>Nothing is believed before the sum over everything is right, least of all a count to allocate by.</summary>
    private void CheckWhole()
    {
        _stream.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 16];
        long left = _stream.Length - IndexFormat.DigestBytes;
        while (left > 0)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            _stream.ReadExactly(part);
            hash.AppendData(part);
            left -= part.Length;
        }

        Span<byte> stated = stackalloc byte[IndexFormat.DigestBytes];
        _stream.ReadExactly(stated);
        byte[] actual = hash.GetHashAndReset();
        if (!stated.SequenceEqual(actual))
        {
            throw Damaged($"its SHA-256 should be {Convert.ToHexString(stated)}, but is {Convert.ToHexString(actual)}: it was cut short or changed");
        }
    }
}
