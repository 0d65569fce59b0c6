using System.Buffers.Binary;

namespace Dml.Api.Imports.Archives;

/// <summary>The end record of a zip archive, which tells where its directory is.</summary>
/// <param name="DirectoryAt">Position of the directory in the file.</param>
/// <param name="DirectoryBytes">Length of the directory.</param>
/// <param name="Entries">Number of its entries. Old programs write only the lower 16 bits.</param>
/// <param name="Shift">Number of bytes before the archive, which its offsets do not count.</param>
/// <remarks>The layout is that of PKWARE's APPNOTE.TXT, sections 4.3.14 to 4.3.16.</remarks>
internal sealed record ZipEnd(long DirectoryAt, long DirectoryBytes, long Entries, long Shift)
{
    /// <summary>The largest directory that is read: a million entries with room for their names.</summary>
    public const long MostDirectoryBytes = 256 << 20;

    private const int RecordBytes = 22;
    private const int LocatorBytes = 20;
    private const int Record64Bytes = 56;
    private const uint EntrySignature = 0x02014B50;
    private const string Missing =
        "The zip archive is cut off or damaged: its directory, which is at the end of the file, is missing. Send it again.";

    /// <summary>Finds the end record.</summary>
    /// <exception cref="InvalidDataException">There is none, or its directory is too large.</exception>
    public static ZipEnd Find(FileStream file)
    {
        var tail = new byte[Math.Min(file.Length, LocatorBytes + RecordBytes + ushort.MaxValue)];
        var start = file.Length - tail.Length;
        file.Position = start;
        file.ReadExactly(tail);
        for (var at = tail.Length - RecordBytes; at >= 0; at--)
        {
            // A comment follows, in which the signature may appear by chance.
            if (tail.AsSpan(at).StartsWith("PK\x05\x06"u8) && at + RecordBytes + U16(tail, at + 20) <= tail.Length
                && Read(file, tail, at, start) is { } end)
            {
                return end;
            }
        }

        throw new InvalidDataException(Missing);
    }

    // Null when it is not an end record.
    private static ZipEnd? Read(FileStream file, byte[] tail, int at, long start)
    {
        long disk = U16(tail, at + 4);
        long entries = U16(tail, at + 10);
        long bytes = U32(tail, at + 12);
        long offset = U32(tail, at + 16);
        var end = start + at;
        if (at >= LocatorBytes && tail.AsSpan(at - LocatorBytes).StartsWith("PK\x06\x07"u8)
            && Find64(file, (long)U64(tail, at - LocatorBytes + 8), end - LocatorBytes) is var (record, position))
        {
            disk = U32(record, 16);
            (entries, bytes, offset) = ((long)U64(record, 32), (long)U64(record, 40), (long)U64(record, 48));
            end = position;
        }

        if (disk != 0)
        {
            throw new InvalidDataException("The zip archive is split into several files. Join them first.");
        }

        if (entries is < 0 or > ArchiveReader.MostEntries || bytes is < 0 or > MostDirectoryBytes)
        {
            throw new InvalidDataException(
                $"The directory of the zip archive has {(ulong)entries} entries and {(ulong)bytes} bytes; at most "
                + $"{ArchiveReader.MostEntries} entries and {MostDirectoryBytes} bytes are read. Send several archives.");
        }

        if (bytes == 0 && entries == 0)
        {
            return new ZipEnd(end, 0, 0, 0);
        }

        // The directory ends where this record begins, whatever precedes the archive. Some programs leave a gap.
        return IsDirectory(file, end - bytes) ? new ZipEnd(end - bytes, bytes, entries, end - bytes - offset)
            : IsDirectory(file, offset) ? new ZipEnd(offset, bytes, entries, 0)
            : null;
    }

    private static (byte[] Record, long Position)? Find64(FileStream file, long stated, long locator)
    {
        foreach (var position in new[] { locator - Record64Bytes, stated })
        {
            if (position >= 0 && position <= file.Length - Record64Bytes)
            {
                var record = new byte[Record64Bytes];
                file.Position = position;
                file.ReadExactly(record);
                if (record.AsSpan().StartsWith("PK\x06\x06"u8))
                {
                    return (record, position);
                }
            }
        }

        return null;
    }

    private static bool IsDirectory(FileStream file, long position)
    {
        var signature = new byte[4];
        if (position < 0 || position > file.Length - signature.Length)
        {
            return false;
        }

        file.Position = position;
        file.ReadExactly(signature);
        return U32(signature, 0) == EntrySignature;
    }

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}
