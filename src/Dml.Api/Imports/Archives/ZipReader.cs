using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Dml.Api.Imports.Archives;

/// <summary>Reads a zip archive.</summary>
/// <remarks>
/// .NET's own reader loads a directory of any size, decodes names that are not UTF-8 with a loss, and does not tell what an entry is.
/// </remarks>
internal sealed class ZipReader : ArchiveReader
{
    private const int LocalHeaderBytes = 30;

    private readonly FileStream _file;
    private readonly ZipEnd _end;

    /// <exception cref="InvalidDataException">The archive has no directory, or too large a one.</exception>
    public ZipReader(string path)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 64 * 1024);
        try
        {
            _end = ZipEnd.Find(_file);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public override IEnumerable<ArchiveEntry> List(CancellationToken cancel)
    {
        _file.Position = _end.DirectoryAt;
        var directory = new EntryStream(_file.Read, _end.DirectoryBytes);
        ArchiveEntry? last = null;
        var count = 0;
        while (Next(directory, last) is { } entry)
        {
            cancel.ThrowIfCancellationRequested();
            if (++count > MostEntries)
            {
                Failure = $"The archive has more than {MostEntries} entries and is not read {After(last)}.";
                yield break;
            }

            yield return entry;
            last = entry;
        }

        if (Failure is null && (ushort)count != (ushort)_end.Entries)
        {
            Failure = $"The directory of the zip archive is damaged {After(last)}: it has {count} of {_end.Entries} entries.";
        }
    }

    public override Stream Open(ArchiveEntry entry)
    {
        Span<byte> header = stackalloc byte[LocalHeaderBytes];
        var position = entry.Offset + _end.Shift;
        if (position < 0 || position > _file.Length)
        {
            throw new InvalidDataException("Its contents are not in the archive.");
        }

        _file.Position = position;
        if (_file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.StartsWith("PK\x03\x04"u8))
        {
            throw new InvalidDataException("Its contents are not where the directory of the archive says.");
        }

        _file.Position = position + LocalHeaderBytes
            + BinaryPrimitives.ReadUInt16LittleEndian(header[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        var packed = new EntryStream(_file.Read, entry.PackedSize);
        return entry.IsDeflated ? new DeflateStream(packed, CompressionMode.Decompress) : packed;
    }

    public override string? ProblemOf(ArchiveEntry entry, ReadOnlySpan<byte> contents) =>
        contents.Length == entry.Size && Crc32.HashToUInt32(contents) == entry.Crc32
            ? null
            : "It is damaged in the archive: its length or its checksum is not the one that the archive states.";

    public override void Dispose() => _file.Dispose();

    private ArchiveEntry? Next(Stream directory, ArchiveEntry? last)
    {
        try
        {
            return ZipEntries.Read(directory);
        }
        catch (EndOfStreamException)
        {
            return null;
        }
        catch (IOException exception)
        {
            Failure = Unreadable(exception, last);
            return null;
        }
    }
}
