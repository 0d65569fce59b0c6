using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dml.Index.Storage;

/// <summary>
/// The keys of a set that agree in all but their lower 16 bits: a sorted list of these bits while they are few, a bitmap when they are
/// many (Roaring; Chambi, Lemire, Kaser and Godin 2016). A chunk that is changed must not be shared: see <see cref="Copy"/>.
/// </summary>
internal struct KeyChunk(long number)
{
    /// <summary>Bits of a key within its chunk.</summary>
    public const int Bits = 16;

    /// <summary>Keys at which a list takes as much memory as the bitmap.</summary>
    public const int MostListed = 4096;

    private const int Words = 1 << (Bits - 6);

    // Below this, a bitmap becomes a list again; not at once, so that keys that come and go do not change it each time.
    private const int FewestInBitmap = MostListed / 2;

    // Large sets are united many times before they are used, and a bitmap is united faster than a list.
    private const int MostListedInUnion = 256;

    private ushort[]? _list;
    private ulong[]? _words;

    /// <summary>The upper bits of its keys.</summary>
    public readonly long Number => number;

    public int Count { get; private set; }

    public readonly long MemoryBytes => (_list?.Length * sizeof(ushort)) + 24 ?? (_words?.Length * sizeof(ulong)) + 24 ?? 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Contains(ushort low) =>
        _words is { } words ? (words[low >> 6] & (1UL << low)) != 0 : _list.AsSpan(0, Count).BinarySearch(low) >= 0;

    /// <returns>Whether the key is new.</returns>
    public bool Add(ushort low)
    {
        if (_words is null && Count == MostListed)
        {
            ToBitmap();
        }

        if (_words is { } words)
        {
            ref var word = ref words[low >> 6];
            var added = (word & (1UL << low)) == 0;
            word |= 1UL << low;
            Count += added ? 1 : 0;
            return added;
        }

        // Keys mostly come in ascending order.
        var place = Count == 0 || _list![Count - 1] < low ? ~Count : _list.AsSpan(0, Count).BinarySearch(low);
        if (place >= 0)
        {
            return false;
        }

        if (Count == (_list?.Length ?? 0))
        {
            Array.Resize(ref _list, Math.Clamp(Count + (Count / 2), 4, MostListed));
        }

        _list.AsSpan(~place, Count - ~place).CopyTo(_list.AsSpan(~place + 1));
        _list![~place] = low;
        Count++;
        return true;
    }

    /// <summary>Adds a key, one of many, without counting it: <see cref="CountMarked"/> is called after the last one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Mark(ushort low)
    {
        if (_words is null)
        {
            ToBitmap();
        }

        _words![low >> 6] |= 1UL << low;
    }

    public int CountMarked()
    {
        if (_words is { } words)
        {
            Count = 0;
            foreach (var word in words)
            {
                Count += BitOperations.PopCount(word);
            }

            ToListIfFew();
        }

        return Count;
    }

    /// <returns>Whether the key was there.</returns>
    public bool Remove(ushort low)
    {
        if (_words is { } words)
        {
            ref var word = ref words[low >> 6];
            var removed = (word & (1UL << low)) != 0;
            word &= ~(1UL << low);
            Count -= removed ? 1 : 0;
            ToListIfFew();
            return removed;
        }

        var place = _list.AsSpan(0, Count).BinarySearch(low);
        if (place < 0)
        {
            return false;
        }

        _list.AsSpan(place + 1, Count - place - 1).CopyTo(_list.AsSpan(place));
        Count--;
        if (Count < _list!.Length / 2)
        {
            Array.Resize(ref _list, Count);
        }

        return true;
    }

    public void UnionWith(in KeyChunk other)
    {
        if (_words is null && (other._words is not null || Count + other.Count > MostListedInUnion))
        {
            ToBitmap();
        }

        if (_words is { } words && other._words is { } others)
        {
            var count = 0;
            for (var i = 0; i < Words; i++)
            {
                words[i] |= others[i];
                count += BitOperations.PopCount(words[i]);
            }

            Count = count;
            return;
        }

        foreach (var low in other.List)
        {
            Add(low);
        }
    }

    public void IntersectWith(in KeyChunk other)
    {
        if (_words is { } words && other._words is { } others)
        {
            var count = 0;
            for (var i = 0; i < Words; i++)
            {
                words[i] &= others[i];
                count += BitOperations.PopCount(words[i]);
            }

            Count = count;
            ToListIfFew();
        }
        else if (_words is not null)
        {
            var both = other.Copy();
            both.Keep(in this, contained: true);
            (_list, _words, Count) = (both._list, null, both.Count);
        }
        else
        {
            Keep(in other, contained: true);
        }
    }

    public void ExceptWith(in KeyChunk other)
    {
        if (_words is not { } words)
        {
            Keep(in other, contained: false);
            return;
        }

        if (other._words is { } others)
        {
            var count = 0;
            for (var i = 0; i < Words; i++)
            {
                words[i] &= ~others[i];
                count += BitOperations.PopCount(words[i]);
            }

            Count = count;
        }
        else
        {
            foreach (var low in other.List)
            {
                ref var word = ref words[low >> 6];
                Count -= (int)(word >> low) & 1;
                word &= ~(1UL << low);
            }
        }

        ToListIfFew();
    }

    /// <summary>A chunk with the same keys that can be changed by itself.</summary>
    public readonly KeyChunk Copy() => this with
    {
        _list = _words is null ? List.ToArray() : null,
        _words = _words?.AsSpan().ToArray(),
    };

    /// <summary>Writes keys in ascending order, beginning with the first whose lower bits are at least <paramref name="next"/>.</summary>
    /// <param name="keys">Receives them.</param>
    /// <param name="next">Where to go on; past the last lower bits when all have been written.</param>
    /// <returns>How many were written.</returns>
    public readonly int CopyTo(Span<long> keys, ref int next)
    {
        var first = number << Bits;
        var written = 0;
        if (_words is not { } words)
        {
            var left = List;
            var place = next == 0 ? 0 : next > ushort.MaxValue ? Count : left.BinarySearch((ushort)next);
            for (place = place < 0 ? ~place : place; place < left.Length && written < keys.Length; place++)
            {
                keys[written++] = first | left[place];
                next = left[place] + 1;
            }

            next = place == left.Length ? 1 << Bits : next;
            return written;
        }

        for (var word = next >> 6; word < Words; word++)
        {
            for (var left = words[word] & (next >> 6 == word ? ulong.MaxValue << next : ulong.MaxValue); left != 0; left &= left - 1)
            {
                if (written == keys.Length)
                {
                    return written;
                }

                var low = (word << 6) + BitOperations.TrailingZeroCount(left);
                keys[written++] = first | (long)low;
                next = low + 1;
            }
        }

        next = 1 << Bits;
        return written;
    }

    private readonly ReadOnlySpan<ushort> List => _list.AsSpan(0, Count);

    private void Keep(in KeyChunk other, bool contained)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            var low = _list![i];
            _list[kept] = low;
            kept += other.Contains(low) == contained ? 1 : 0;
        }

        Count = kept;
    }

    private void ToBitmap()
    {
        _words = new ulong[Words];
        foreach (var low in List)
        {
            _words[low >> 6] |= 1UL << low;
        }

        _list = null;
    }

    private void ToListIfFew()
    {
        if (_words is not { } words || Count >= FewestInBitmap)
        {
            return;
        }

        var list = new ushort[Count];
        var next = 0;
        for (var word = 0; word < Words; word++)
        {
            for (var left = words[word]; left != 0; left &= left - 1)
            {
                list[next++] = (ushort)((word << 6) + BitOperations.TrailingZeroCount(left));
            }
        }

        (_list, _words) = (list, null);
    }
}
