using System.Buffers.Binary;
using System.IO.Compression;

namespace Dml.Api.Tests.Support;

/// <summary>Zip archives byte by byte, for what no library writes.</summary>
internal sealed class ZipBytes
{
    private readonly List<byte> _files = [];
    private readonly List<byte> _directory = [];
    private int _entries;

    /// <summary>Adds a file.</summary>
    /// <param name="name">The bytes of its name.</param>
    /// <param name="data">Its contents.</param>
    /// <param name="flags">General purpose flags.</param>
    /// <param name="method">The compression method to state; 8 compresses.</param>
    /// <param name="mode">Its mode on Unix.</param>
    /// <param name="damage">Whether the checksum is another one.</param>
    /// <param name="extra">Extra fields of the directory.</param>
    public ZipBytes Add(
        byte[] name, byte[] data, int flags = 0, int method = 0, int mode = 0, bool damage = false, byte[]? extra = null)
    {
        var offset = _files.Count;
        var packed = method == 8 ? Deflate(data) : data;
        var head = new byte[30];
        Write(head, 0, 0x04034B50, 20, flags, method);
        BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(26), (short)name.Length);
        _files.AddRange([.. head, .. name, .. packed]);
        return AddName(name, offset, packed.Length, data, flags, method, mode, damage, extra);
    }

    /// <summary>Adds another entry of the directory for the contents of the file at an offset.</summary>
    public ZipBytes AddName(
        byte[] name, int offset, int packed, byte[] data, int flags = 0, int method = 0, int mode = 0, bool damage = false,
        byte[]? extra = null)
    {
        var entry = new byte[46];
        Write(entry, 2, 0x02014B50, 20, flags, method);
        entry[5] = (byte)(mode == 0 ? 0 : 3);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(16), Crc(data) ^ (damage ? 1u : 0u));
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(20), packed);
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(24), data.Length);
        BinaryPrimitives.WriteInt16LittleEndian(entry.AsSpan(28), (short)name.Length);
        BinaryPrimitives.WriteInt16LittleEndian(entry.AsSpan(30), (short)(extra?.Length ?? 0));
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(38), (uint)mode << 16);
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(42), offset);
        _directory.AddRange([.. entry, .. name, .. extra ?? []]);
        _entries++;
        return this;
    }

    /// <summary>The archive.</summary>
    /// <param name="comment">Its comment.</param>
    public byte[] End(string comment = "")
    {
        var end = new byte[22];
        BinaryPrimitives.WriteInt32LittleEndian(end, 0x06054B50);
        BinaryPrimitives.WriteInt16LittleEndian(end.AsSpan(8), (short)_entries);
        BinaryPrimitives.WriteInt16LittleEndian(end.AsSpan(10), (short)_entries);
        BinaryPrimitives.WriteInt32LittleEndian(end.AsSpan(12), _directory.Count);
        BinaryPrimitives.WriteInt32LittleEndian(end.AsSpan(16), _files.Count);
        BinaryPrimitives.WriteInt16LittleEndian(end.AsSpan(20), (short)comment.Length);
        return [.. _files, .. _directory, .. end, .. TarBytes.Latin1(comment)];
    }

    /// <summary>The archive with end records of 64 bits that state numbers.</summary>
    public byte[] End64(long entries, long directoryBytes)
    {
        var record = new byte[56];
        BinaryPrimitives.WriteInt32LittleEndian(record, 0x06064B50);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(4), 44);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(24), entries);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(32), entries);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(40), directoryBytes);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(48), _files.Count);
        var locator = new byte[20];
        BinaryPrimitives.WriteInt32LittleEndian(locator, 0x07064B50);
        BinaryPrimitives.WriteInt64LittleEndian(locator.AsSpan(8), _files.Count + _directory.Count);
        var end = End()[^22..];
        end.AsSpan(8, 12).Fill(0xFF);
        return [.. _files, .. _directory, .. record, .. locator, .. end];
    }

    public static byte[] Deflate(byte[] data)
    {
        var packed = new MemoryStream();
        using (var stream = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write(data);
        }

        return packed.ToArray();
    }

    public static uint Crc(ReadOnlySpan<byte> data)
    {
        var sum = uint.MaxValue;
        foreach (var value in data)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB88320;
            }
        }

        return ~sum;
    }

    private static void Write(byte[] header, int shift, int signature, short version, int flags, int method)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, signature);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(4 + shift), version);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(6 + shift), (short)flags);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(8 + shift), (short)method);
    }
}
