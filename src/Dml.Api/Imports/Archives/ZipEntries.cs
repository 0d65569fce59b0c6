using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Unicode;

namespace Dml.Api.Imports.Archives;

/// <summary>Reads the directory of a zip archive.</summary>
/// <remarks>The layout is that of PKWARE's APPNOTE.TXT, sections 4.3.12, 4.5.3 and 4.6.9.</remarks>
internal static class ZipEntries
{
    private const int HeaderBytes = 46;
    private const int IsEncrypted = 1 | (1 << 6) | (1 << 13);
    private const int Zip64Field = 0x0001;
    private const int UnicodePathField = 0x7075;
    private const int Unix = 3;
    private const int Darwin = 19;
    private const int KindMask = 0xF000;

    /// <summary>Reads the next entry; null when there is none here.</summary>
    /// <exception cref="EndOfStreamException">The file ends within the entry.</exception>
    public static ArchiveEntry? Read(Stream directory)
    {
        var header = new byte[HeaderBytes];
        if (directory.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length
            || !header.AsSpan().StartsWith("PK\x01\x02"u8))
        {
            return null;
        }

        var name = new byte[U16(header, 28)];
        var extra = new byte[U16(header, 30)];
        directory.ReadExactly(name);
        directory.ReadExactly(extra);
        directory.ReadExactly(new byte[U16(header, 32)]);

        long size = U32(header, 24);
        long packed = U32(header, 20);
        long offset = U32(header, 42);
        EntryName? unicode = null;
        for (var field = extra.AsSpan(); field.Length >= 4 && field.Length >= 4 + BinaryPrimitives.ReadUInt16LittleEndian(field[2..]);)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(field[2..]);
            var data = field.Slice(4, length);
            switch (BinaryPrimitives.ReadUInt16LittleEndian(field))
            {
                case Zip64Field:
                    size = Large(size, ref data);
                    packed = Large(packed, ref data);
                    offset = Large(offset, ref data);
                    break;
                case UnicodePathField:
                    unicode = UnicodePath(data, name);
                    break;
                default:
                    break;
            }

            field = field[(4 + length)..];
        }

        return Described(
            new ArchiveEntry(unicode ?? EntryName.OfZip(name), EntryKind.File)
            {
                Offset = offset,
                Size = size,
                PackedSize = packed,
                Crc32 = U32(header, 16),
            },
            header);
    }

    private static ArchiveEntry Described(ArchiveEntry entry, byte[] header)
    {
        var mode = header[5] is Unix or Darwin ? (int)(U32(header, 38) >> 16) & KindMask : 0;
        if (entry.Name.Text is [.., '/' or '\\'] || mode == 0x4000)
        {
            return entry with { Kind = EntryKind.Folder };
        }

        var method = U16(header, 10);
        return mode == 0xA000 ? entry with { Kind = EntryKind.SymbolicLink }
            : mode == 0x1000 ? entry with { Problem = "It is a named pipe; only regular files are read." }
            : mode is 0x2000 or 0x6000 or 0xC000 ? entry with { Problem = "It is a device or a socket; only regular files are read." }
            : (U16(header, 8) & IsEncrypted) != 0
                ? entry with { Problem = "It is encrypted. Archives are read without a password: unpack it first." }
            : entry.Offset < 0 || entry.Size < 0 || entry.PackedSize < 0 ? entry with { Problem = "Its entry in the directory is damaged." }
            : method is 0 or 8 ? entry with { IsDeflated = method == 8 }
            : entry with { Problem = $"It is compressed by {NameOf(method)}; only Deflate is read. Pack it with another program." };
    }

    private static string NameOf(int method) => method switch
    {
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        93 => "Zstandard",
        95 => "XZ",
        98 => "PPMd",
        _ => $"method {method}",
    };

    // The field has only the numbers that do not fit into the header.
    private static long Large(long number, ref Span<byte> data)
    {
        if (number != uint.MaxValue || data.Length < 8)
        {
            return number;
        }

        number = BinaryPrimitives.ReadInt64LittleEndian(data);
        data = data[8..];
        return number;
    }

    // Valid for the name that it was made for; a program that does not know the field may have changed that.
    private static EntryName? UnicodePath(ReadOnlySpan<byte> data, byte[] name) =>
        data.Length > 5 && data[0] == 1 && BinaryPrimitives.ReadUInt32LittleEndian(data[1..]) == Crc32.HashToUInt32(name)
            && Utf8.IsValid(data[5..])
            ? new EntryName(Encoding.UTF8.GetString(data[5..]))
            : null;

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
