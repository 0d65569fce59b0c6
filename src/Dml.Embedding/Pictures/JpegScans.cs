using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;

namespace Dml.Embedding;

/// <summary>
/// Reads the codes of a JPEG file, and none of its pixels, to tell whether there is data for the whole picture (ITU-T T.81, annexes F and
/// G). libvips says that something was wrong, but not whether data was missing: bytes between two segments, which many cameras leave there,
/// count as much. It is asked about such files, and about those whose end is missing.
/// </summary>
internal ref struct JpegScans
{
    private const int BlockSize = 64;

    private readonly ReadOnlySpan<byte> _jpeg;
    private readonly Codes?[] _codes = new Codes?[8];
    private readonly long _end;
    private Component[] _components = [];
    private int _width;
    private int _height;
    private bool _isProgressive;
    private int _restartInterval;
    private int _at;
    private int _byte;
    private int _bits;
    private int _emptyBlocks;
    private bool _isShort;

    private JpegScans(ReadOnlySpan<byte> jpeg, TimeSpan time)
    {
        _jpeg = jpeg;
        _end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>Whether every scan has data for all of its blocks, and every component has a scan.</summary>
    /// <param name="jpeg">The file.</param>
    /// <param name="toTheLastBit">Whether each coefficient must have all of its bits: scans may be missing at the end of the file.</param>
    /// <param name="time">The most that reading may take; then the answer is no.</param>
    internal static bool CoverPicture(ReadOnlySpan<byte> jpeg, bool toTheLastBit, TimeSpan time)
    {
        var scans = new JpegScans(jpeg, time);
        return scans.ReadSegments() && scans._components.Length > 0
            && scans._components.All(component => component.IsCovered && (!toTheLastBit || component.Exact == ulong.MaxValue));
    }

    private bool ReadSegments()
    {
        while (NextMarker() is { } marker)
        {
            if (marker is 0xD9)
            {
                break;
            }

            if (marker is 0xD8 or 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue;
            }

            if (_jpeg.Length - _at < 2 || BinaryPrimitives.ReadUInt16BigEndian(_jpeg[_at..]) is not (var length and >= 2)
                || length > _jpeg.Length - _at)
            {
                return false;
            }

            var segment = _jpeg.Slice(_at + 2, length - 2);
            _at += length;
            var isRead = marker switch
            {
                0xC0 or 0xC1 or 0xC2 => ReadFrame(segment, marker == 0xC2),
                0xC4 => ReadCodes(segment),
                0xDA => ReadScan(segment),
                0xDD => ReadRestartInterval(segment),
                // Lossless and arithmetic coding.
                0xC3 or (>= 0xC5 and <= 0xC7) or (>= 0xC9 and <= 0xCF) => false,
                _ => true,
            };
            if (!isRead || Stopwatch.GetTimestamp() > _end)
            {
                return false;
            }
        }

        return true;
    }

    // Whatever is before it is skipped; so is a restart within data that is read already.
    private int? NextMarker()
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

    private bool ReadFrame(ReadOnlySpan<byte> segment, bool isProgressive)
    {
        if (segment.Length < 6 || segment.Length < 6 + (3 * segment[5]) || _components.Length > 0)
        {
            return false;
        }

        _isProgressive = isProgressive;
        _height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        _width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        var components = new Component[segment[5]];
        for (var i = 0; i < components.Length; i++)
        {
            var (id, sampling) = (segment[6 + (3 * i)], segment[7 + (3 * i)]);
            components[i] = new Component(id, sampling >> 4, sampling & 15);
        }

        if (_height == 0 || _width == 0 || !components.All(component => component is { Across: >= 1 and <= 4, Down: >= 1 and <= 4 }))
        {
            return false;
        }

        _components = components;
        var (across, down) = (components.Max(component => component.Across), components.Max(component => component.Down));
        foreach (var component in components)
        {
            component.Columns = Parts(Parts(_width * component.Across, across), 8);
            component.Rows = Parts(Parts(_height * component.Down, down), 8);
            component.Stride = Parts(_width, 8 * across) * component.Across;
            if (isProgressive)
            {
                component.Known = new ulong[component.Stride * Parts(_height, 8 * down) * component.Down];
            }
        }

        return true;
    }

    private static int Parts(int whole, int part) => (whole + part - 1) / part;

    private readonly bool ReadCodes(ReadOnlySpan<byte> segment)
    {
        while (segment.Length >= 17)
        {
            var (kind, table) = (segment[0] >> 4, segment[0] & 15);
            var lengths = segment[1..17];
            var count = 0;
            foreach (var length in lengths)
            {
                count += length;
            }

            if (kind > 1 || table > 3 || count > segment.Length - 17)
            {
                return false;
            }

            _codes[(kind * 4) + table] = new Codes(lengths, segment.Slice(17, count));
            segment = segment[(17 + count)..];
        }

        return segment.IsEmpty;
    }

    private bool ReadRestartInterval(ReadOnlySpan<byte> segment)
    {
        _restartInterval = segment.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(segment) : 0;
        return segment.Length >= 2;
    }

    private bool ReadScan(ReadOnlySpan<byte> segment)
    {
        if (segment.IsEmpty || segment[0] is 0 or > 4 || segment.Length < 4 + (2 * segment[0]))
        {
            return false;
        }

        var components = new Component[segment[0]];
        for (var i = 0; i < components.Length; i++)
        {
            var id = segment[1 + (2 * i)];
            if (Array.Find(_components, component => component.Id == id) is not { } component)
            {
                return false;
            }

            components[i] = component;
            component.Direct = _codes[segment[2 + (2 * i)] >> 4 & 3];
            component.Alternating = _codes[4 + (segment[2 + (2 * i)] & 3)];
        }

        var (first, last, refines, isExact) = (segment[^3], segment[^2], segment[^1] >> 4 > 0, (segment[^1] & 15) == 0);
        if (!_isProgressive)
        {
            (first, last, refines, isExact) = (0, BlockSize - 1, false, true);
        }

        if (last >= BlockSize || first > last || (first > 0 && components.Length > 1))
        {
            return false;
        }

        var band = new Band(first, last, refines);
        if (!(components.Length == 1 ? ReadAlone(components[0], band) : ReadInterleaved(components, band)))
        {
            return false;
        }

        foreach (var component in components)
        {
            component.IsCovered |= band.First == 0;
            component.Exact |= isExact ? ulong.MaxValue >> (BlockSize - 1 - last + first) << first : 0;
        }

        return true;
    }

    private bool ReadAlone(Component component, Band band)
    {
        Restart();
        for (var block = 0; block < component.Rows * component.Columns; block++)
        {
            var (row, column) = Math.DivRem(block, component.Columns);
            if (!RestartBefore(block) || !ReadBlock(component, (row * component.Stride) + column, band))
            {
                return false;
            }
        }

        return true;
    }

    private bool ReadInterleaved(Component[] components, Band band)
    {
        Restart();
        var (across, down) = (_components.Max(component => component.Across), _components.Max(component => component.Down));
        var columns = Parts(_width, 8 * across);
        var units = columns * Parts(_height, 8 * down);
        for (var unit = 0; unit < units; unit++)
        {
            if (!RestartBefore(unit))
            {
                return false;
            }

            var (row, column) = Math.DivRem(unit, columns);
            foreach (var component in components)
            {
                for (var block = 0; block < component.Across * component.Down; block++)
                {
                    var (y, x) = Math.DivRem(block, component.Across);
                    var place = (((row * component.Down) + y) * component.Stride) + (column * component.Across) + x;
                    if (!ReadBlock(component, place, band))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    private void Restart() => (_bits, _emptyBlocks) = (0, 0);

    // False if the time is over. If another marker comes than a restart, the next block finds no data.
    private bool RestartBefore(int unit)
    {
        if (_restartInterval > 0 && unit > 0 && unit % _restartInterval == 0)
        {
            Restart();
            if (NextMarker() is not (null or (>= 0xD0 and <= 0xD7)))
            {
                _at -= 2;
            }
        }

        return unit % 4096 != 0 || Stopwatch.GetTimestamp() < _end;
    }

    private bool ReadBlock(Component component, int place, Band band)
    {
        if ((band.First == 0 && !band.Refines && component.Direct is null) || (band.Last > 0 && component.Alternating is null))
        {
            return false;
        }

        if (!_isProgressive)
        {
            SkipBits(NextCode(component.Direct!));
            ReadFirst(component.Alternating!, 1, band.Last, runs: false, ref component.None);
        }
        else if (band.First == 0)
        {
            SkipBits(band.Refines ? 1 : NextCode(component.Direct!));
        }
        else if (band.Refines)
        {
            ReadRefinement(component.Alternating!, band, ref component.Known[place]);
        }
        else
        {
            ReadFirst(component.Alternating!, band.First, band.Last, runs: true, ref component.Known[place]);
        }

        return !_isShort;
    }

    // F.2.2.2, G.1.2.2. The bits of known are the coefficients that are not zero.
    private void ReadFirst(Codes codes, int first, int last, bool runs, ref ulong known)
    {
        if (_emptyBlocks > 0)
        {
            _emptyBlocks--;
            return;
        }

        for (var k = first; k <= last && !_isShort; k++)
        {
            var code = NextCode(codes);
            var (zeros, size) = (code >> 4, code & 15);
            if (size == 0 && zeros < 15)
            {
                _emptyBlocks = runs ? (1 << zeros) - 1 + NextBits(zeros) : 0;
                return;
            }

            k += zeros;
            SkipBits(size);
            if (size > 0 && k < BlockSize)
            {
                known |= 1UL << k;
            }
        }
    }

    // G.1.2.3
    private void ReadRefinement(Codes codes, Band band, ref ulong known)
    {
        var k = (int)band.First;
        for (; _emptyBlocks == 0 && k <= band.Last && !_isShort; k++)
        {
            var code = NextCode(codes);
            var (zeros, size) = (code >> 4, code & 15);
            if (size == 0 && zeros < 15)
            {
                _emptyBlocks = (1 << zeros) + NextBits(zeros);
                break;
            }

            SkipBits(size > 0 ? 1 : 0);
            for (; k <= band.Last; k++)
            {
                if ((known >> k & 1) != 0)
                {
                    SkipBits(1);
                }
                else if (--zeros < 0)
                {
                    break;
                }
            }

            if (size > 0 && k <= band.Last)
            {
                known |= 1UL << k;
            }
        }

        if (_emptyBlocks > 0)
        {
            // One correction for each coefficient that is known.
            SkipBits(BitOperations.PopCount(k > band.Last ? 0 : known >> k << k << (63 - band.Last)));
            _emptyBlocks--;
        }
    }

    private int NextCode(Codes codes)
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

    private void SkipBits(int count)
    {
        for (; count > 16; count -= 16)
        {
            NextBits(16);
        }

        NextBits(count);
    }

    private int NextBits(int count)
    {
        var value = 0;
        for (; count > 0; count--)
        {
            if (_bits == 0 && !NextByte())
            {
                _isShort = true;
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

    private readonly record struct Band(int First, int Last, bool Refines);

    private sealed class Component(int id, int across, int down)
    {
        internal ulong None;

        internal int Id => id;

        internal int Across => across;

        internal int Down => down;

        internal int Columns { get; set; }

        internal int Rows { get; set; }

        internal int Stride { get; set; }

        internal ulong[] Known { get; set; } = [];

        internal Codes? Direct { get; set; }

        internal Codes? Alternating { get; set; }

        internal bool IsCovered { get; set; }

        /// <summary>A bit for each coefficient whose last bit was read.</summary>
        internal ulong Exact { get; set; }
    }

    /// <summary>A Huffman table: of each length the codes below <see cref="Ends"/>, whose symbols end at <see cref="Begins"/>.</summary>
    private sealed class Codes
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
