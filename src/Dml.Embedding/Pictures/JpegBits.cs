using System.Buffers.Binary;

namespace Dml.Embedding;

/// <summary>
/// A JPEG file from its beginning to its end: markers and their segments, and between them data, Huffman code by Huffman code and bit by
/// bit (ITU-T T.81, annexes B and F.2.2).
/// </summary>
/// <param name="jpeg">The file.</param>
internal ref struct JpegBits(ReadOnlySpan<byte> jpeg)
{
    private readonly ReadOnlySpan<byte> _jpeg = jpeg;
    private int _at;
    private int _byte;
    private int _bits;

    /// <summary>Whether bits were asked for that are not there; they count as zeros.</summary>
    internal bool IsShort { get; private set; }

    /// <summary>The next marker. Whatever is before it is skipped; so is a restart within data that is read already.</summary>
    internal int? NextMarker()
    {
        _bits = 0;
        for (; _at + 1 < _jpeg.Length; _at++)
        {
            if (_jpeg[_at] == 0xFF && _jpeg[_at + 1] is not (0 or 0xFF))
            {
                _at += 2;
                return _jpeg[_at - 1];
            }
        }

        return null;
    }

    /// <summary>Reads the segment that the marker before it begins; false if it is longer than the file.</summary>
    internal bool TryReadSegment(out ReadOnlySpan<byte> segment)
    {
        if (_jpeg.Length - _at < 2 || BinaryPrimitives.ReadUInt16BigEndian(_jpeg[_at..]) is not (var length and >= 2)
            || length > _jpeg.Length - _at)
        {
            segment = [];
            return false;
        }

        segment = _jpeg.Slice(_at + 2, length - 2);
        _at += length;
        return true;
    }

    /// <summary>Data begins at the next whole byte.</summary>
    internal void Align() => _bits = 0;

    /// <summary>Goes on behind the restart that comes next. If it is another marker, there is no more data.</summary>
    internal void SkipRestart()
    {
        if (NextMarker() is not (null or (>= 0xD0 and <= 0xD7)))
        {
            _at -= 2;
        }
    }

    /// <summary>The symbol of the next code.</summary>
    internal int NextCode(Codes codes)
    {
        var code = 0;
        for (var length = 0; length < 16; length++)
        {
            code = (code << 1) | NextBits(1);
            if (code < codes.Ends[length])
            {
                return codes.Symbols[codes.Begins[length] + code - codes.Ends[length]];
            }
        }

        // No such code: damaged, but there is data. libjpeg goes on with a zero, too.
        return 0;
    }

    internal void SkipBits(int count)
    {
        for (; count > 16; count -= 16)
        {
            NextBits(16);
        }

        NextBits(count);
    }

    internal int NextBits(int count)
    {
        var value = 0;
        for (; count > 0; count--)
        {
            if (_bits == 0 && !NextByte())
            {
                IsShort = true;
                return 0;
            }

            value = (value << 1) | (_byte >> --_bits & 1);
        }

        return value;
    }

    // A marker ends the data; 0xFF itself is followed by a zero.
    private bool NextByte()
    {
        if (_at >= _jpeg.Length || (_jpeg[_at] == 0xFF && (_at + 1 >= _jpeg.Length || _jpeg[_at + 1] != 0)))
        {
            return false;
        }

        _byte = _jpeg[_at];
        _bits = 8;
        _at += _byte == 0xFF ? 2 : 1;
        return true;
    }

    /// <summary>A Huffman table: of each length the codes below <see cref="Ends"/>, whose symbols end at <see cref="Begins"/>.</summary>
    internal sealed class Codes
    {
        internal Codes(ReadOnlySpan<byte> lengths, ReadOnlySpan<byte> symbols)
        {
            Symbols = symbols.ToArray();
            var (code, taken) = (0, 0);
            for (var length = 0; length < 16; length++)
            {
                code += lengths[length];
                taken += lengths[length];
                (Ends[length], Begins[length]) = (lengths[length] == 0 ? 0 : code, taken);
                code <<= 1;
            }
        }

        internal byte[] Symbols { get; }

        internal int[] Ends { get; } = new int[16];

        internal int[] Begins { get; } = new int[16];
    }
}
