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

    private readonly JpegBits.Codes?[] _codes = new JpegBits.Codes?[8];
    private readonly long _end;
    private JpegBits _bits;
    private Component[] _components = [];
    private int _width;
    private int _height;
    private bool _isProgressive;
    private int _restartInterval;
    private int _emptyBlocks;

    private JpegScans(ReadOnlySpan<byte> jpeg, TimeSpan time)
    {
        _bits = new JpegBits(jpeg);
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
        while (_bits.NextMarker() is { } marker)
        {
            if (marker is 0xD9)
            {
                break;
            }

            if (marker is 0xD8 or 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue;
            }

            if (!_bits.TryReadSegment(out var segment))
            {
                return false;
            }

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

            _codes[(kind * 4) + table] = new JpegBits.Codes(lengths, segment.Slice(17, count));
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

    private void Restart()
    {
        _bits.Align();
        _emptyBlocks = 0;
    }

    // False if the time is over.
    private bool RestartBefore(int unit)
    {
        if (_restartInterval > 0 && unit > 0 && unit % _restartInterval == 0)
        {
            Restart();
            _bits.SkipRestart();
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
            _bits.SkipBits(_bits.NextCode(component.Direct!));
            ReadFirst(component.Alternating!, 1, band.Last, runs: false, ref component.None);
        }
        else if (band.First == 0)
        {
            _bits.SkipBits(band.Refines ? 1 : _bits.NextCode(component.Direct!));
        }
        else if (band.Refines)
        {
            ReadRefinement(component.Alternating!, band, ref component.Known[place]);
        }
        else
        {
            ReadFirst(component.Alternating!, band.First, band.Last, runs: true, ref component.Known[place]);
        }

        return !_bits.IsShort;
    }

    // F.2.2.2, G.1.2.2. The bits of known are the coefficients that are not zero.
    private void ReadFirst(JpegBits.Codes codes, int first, int last, bool runs, ref ulong known)
    {
        if (_emptyBlocks > 0)
        {
            _emptyBlocks--;
            return;
        }

        for (var k = first; k <= last && !_bits.IsShort; k++)
        {
            var code = _bits.NextCode(codes);
            var (zeros, size) = (code >> 4, code & 15);
            if (size == 0 && zeros < 15)
            {
                _emptyBlocks = runs ? (1 << zeros) - 1 + _bits.NextBits(zeros) : 0;
                return;
            }

            k += zeros;
            _bits.SkipBits(size);
            if (size > 0 && k < BlockSize)
            {
                known |= 1UL << k;
            }
        }
    }

    // G.1.2.3
    private void ReadRefinement(JpegBits.Codes codes, Band band, ref ulong known)
    {
        var k = (int)band.First;
        for (; _emptyBlocks == 0 && k <= band.Last && !_bits.IsShort; k++)
        {
            var code = _bits.NextCode(codes);
            var (zeros, size) = (code >> 4, code & 15);
            if (size == 0 && zeros < 15)
            {
                _emptyBlocks = (1 << zeros) + _bits.NextBits(zeros);
                break;
            }

            _bits.SkipBits(size > 0 ? 1 : 0);
            for (; k <= band.Last; k++)
            {
                if ((known >> k & 1) != 0)
                {
                    _bits.SkipBits(1);
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
            _bits.SkipBits(BitOperations.PopCount(k > band.Last ? 0 : known >> k << k << (63 - band.Last)));
            _emptyBlocks--;
        }
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

        internal JpegBits.Codes? Direct { get; set; }

        internal JpegBits.Codes? Alternating { get; set; }

        internal bool IsCovered { get; set; }

        /// <summary>A bit for each coefficient whose last bit was read.</summary>
        internal ulong Exact { get; set; }
    }
}
