using System.Buffers.Binary;

namespace Dml.Api.Imports.Archives;

/// <summary>The header block of an entry of a tar archive: V7, POSIX.1-1988 ("ustar") or GNU.</summary>
/// <remarks>The layout is that of POSIX.1-2017, pax, "ustar Interchange Format", and of the GNU tar manual.</remarks>
internal readonly ref struct TarHeader
{
    /// <summary>Length of a header, and of the units that contents are padded to.</summary>
    public const int BlockBytes = 512;

    private const int ChecksumAt = 148;
    private const int ChecksumBytes = 8;
    private readonly ReadOnlySpan<byte> _block;

    private TarHeader(ReadOnlySpan<byte> block, long size)
    {
        _block = block;
        Size = size;
    }

    public long Size { get; }

    public char Type => (char)_block[156];

    public ReadOnlySpan<byte> Target => Text(157, 100);

    /// <summary>Whether another block with a map of holes follows, in a sparse file of GNU tar.</summary>
    public bool IsExtended => _block[482] != 0;

    /// <summary>The name; in the format of POSIX it has two parts.</summary>
    public byte[] Name => _block[257..].StartsWith("ustar\0"u8) && !Text(345, 155).IsEmpty
        ? [.. Text(345, 155), (byte)'/', .. Text(0, 100)]
        : [.. Text(0, 100)];

    /// <summary>Reads a header; its checksum tells it from anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, out TarHeader header)
    {
        header = default;
        if (block.Length != BlockBytes
            || !TryReadNumber(block.Slice(ChecksumAt, ChecksumBytes), out var sum)
            || !TryReadNumber(block.Slice(124, 12), out var size))
        {
            return false;
        }

        // Some old programs added up signed bytes.
        long unsigned = 0;
        long signed = 0;
        for (var i = 0; i < BlockBytes; i++)
        {
            var value = i is >= ChecksumAt and < ChecksumAt + ChecksumBytes ? (byte)' ' : block[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        header = new TarHeader(block, size);
        return sum == unsigned || sum == signed;
    }

    // Octal digits, or 64 bits behind a set first bit where those do not suffice.
    private static bool TryReadNumber(ReadOnlySpan<byte> field, out long number)
    {
        number = 0;
        if (field[0] == 0x80)
        {
            number = BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
            return number is >= 0 and < long.MaxValue / 2 && !field[1..^8].ContainsAnyExcept((byte)0);
        }

        foreach (var digit in field.TrimStart((byte)' '))
        {
            if (digit is 0 or (byte)' ')
            {
                break;
            }

            if (digit is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            number = (number << 3) | (uint)(digit - '0');
        }

        return true;
    }

    private ReadOnlySpan<byte> Text(int at, int length)
    {
        var field = _block.Slice(at, length);
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }
}
