using System.Runtime.CompilerServices;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>
/// A set of keys, compressed: it tells a search how many items can match, and lets it look at these items alone when they are few.
/// Any number of threads may read a set that none changes.
/// </summary>
public sealed class KeySet
{
    // Sorted by number; chunks without keys are left out.
    private KeyChunk[] _chunks = [];
    private int _length;

    /// <summary>An empty set.</summary>
    public KeySet()
    {
    }

    /// <param name="keys">The keys, 0 or more. Repeated keys count once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A key is negative.</exception>
    public KeySet(IEnumerable<long> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var key in keys)
        {
            Add(key);
        }
    }

    /// <summary>Keys in the set.</summary>
    public long Count { get; private set; }

    /// <summary>Memory used by the set, in bytes.</summary>
    public long MemoryBytes
    {
        get
        {
            var bytes = 72L + ((long)_chunks.Length * Unsafe.SizeOf<KeyChunk>());
            for (var at = 0; at < _length; at++)
            {
                bytes += _chunks[at].MemoryBytes;
            }

            return bytes;
        }
    }

    /// <summary>Whether a key is in the set.</summary>
    public bool Contains(long key)
    {
        var at = Find(key >> KeyChunk.Bits);
        return at >= 0 && _chunks[at].Contains((ushort)key);
    }

    /// <summary>Adds a key.</summary>
    /// <returns>False when it was in the set.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The key is negative.</exception>
    public bool Add(long key)
    {
        var added = ChunkOf(key).Add((ushort)key);
        Count += added ? 1 : 0;
        return added;
    }

    /// <summary>Adds many keys, in any order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A key is negative.</exception>
    public void AddAll(ReadOnlySpan<long> keys)
    {
        // A list is slow to insert into, and takes less memory than a bitmap while there are few keys for each chunk.
        const int FewForEachChunk = 64;
        if (keys.Length < FewForEachChunk * Math.Max(1, _length))
        {
            foreach (var key in keys)
            {
                Add(key);
            }

            return;
        }

        foreach (var key in keys)
        {
            ChunkOf(key).Mark((ushort)key);
        }

        Count = 0;
        for (var at = 0; at < _length; at++)
        {
            Count += _chunks[at].CountMarked();
        }
    }

    /// <summary>Removes a key.</summary>
    /// <returns>False when it was not in the set.</returns>
    public bool Remove(long key)
    {
        var at = Find(key >> KeyChunk.Bits);
        if (at < 0 || !_chunks[at].Remove((ushort)key))
        {
            return false;
        }

        Count--;
        if (_chunks[at].Count == 0)
        {
            _chunks.AsSpan(at + 1, _length - at - 1).CopyTo(_chunks.AsSpan(at));
            _chunks[--_length] = default;
        }

        return true;
    }

    /// <summary>Adds the keys of another set.</summary>
    public void UnionWith(KeySet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (ref readonly var chunk in other.Chunks)
        {
            var at = Find(chunk.Number);
            if (at < 0)
            {
                Insert(~at, chunk.Copy());
                Count += chunk.Count;
                continue;
            }

            ref var own = ref _chunks[at];
            Count -= own.Count;
            own.UnionWith(in chunk);
            Count += own.Count;
        }
    }

    /// <summary>Removes the keys that another set does not have.</summary>
    public void IntersectWith(KeySet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Change(other, (ref KeyChunk own, in KeyChunk chunk) => own.IntersectWith(in chunk), keepsOthers: false);
    }

    /// <summary>Removes the keys that another set has.</summary>
    public void ExceptWith(KeySet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(other, this))
        {
            (_chunks, _length, Count) = ([], 0, 0);
            return;
        }

        Change(other, (ref KeyChunk own, in KeyChunk chunk) => own.ExceptWith(in chunk), keepsOthers: true);
    }

    /// <summary>A set with the same keys that can be changed by itself.</summary>
    public KeySet Copy()
    {
        var copy = new KeySet { _chunks = new KeyChunk[_length], _length = _length, Count = Count };
        for (var at = 0; at < _length; at++)
        {
            copy._chunks[at] = _chunks[at].Copy();
        }

        return copy;
    }

    /// <summary>The keys, in ascending order.</summary>
    public long[] ToArray()
    {
        var keys = new long[Count];
        var reader = new Reader(this);
        reader.Read(keys);
        return keys;
    }

    private ReadOnlySpan<KeyChunk> Chunks => _chunks.AsSpan(0, _length);

    // Numbers are distinct and ascending, so none stands behind the place that its own number gives. In most sets, no chunk is
    // missing, and each stands there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(long number)
    {
        var at = (int)Math.Min(number, _length - 1L);
        return at >= 0 && _chunks[at].Number == number ? at : Search(number, at + 1);
    }

    private int Search(long number, int high)
    {
        var low = 0;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_chunks[middle].Number < number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _length && _chunks[low].Number == number ? low : ~low;
    }

    private ref KeyChunk ChunkOf(long key)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(key);
        var at = Find(key >> KeyChunk.Bits);
        if (at < 0)
        {
            at = ~at;
            Insert(at, new KeyChunk(key >> KeyChunk.Bits));
        }

        return ref _chunks[at];
    }

    private void Insert(int at, KeyChunk chunk)
    {
        if (_length == _chunks.Length)
        {
            Array.Resize(ref _chunks, Math.Max(1, _length + (_length / 2) + 1));
        }

        _chunks.AsSpan(at, _length - at).CopyTo(_chunks.AsSpan(at + 1));
        _chunks[at] = chunk;
        _length++;
    }

    private delegate void ChunkChange(ref KeyChunk own, in KeyChunk other);

    private void Change(KeySet other, ChunkChange change, bool keepsOthers)
    {
        var kept = 0;
        Count = 0;
        for (var at = 0; at < _length; at++)
        {
            var chunk = _chunks[at];
            var there = other.Find(chunk.Number);
            if (there >= 0)
            {
                change(ref chunk, in other._chunks[there]);
            }

            if (chunk.Count > 0 && (there >= 0 || keepsOthers))
            {
                _chunks[kept++] = chunk;
                Count += chunk.Count;
            }
        }

        _chunks.AsSpan(kept, _length - kept).Clear();
        _length = kept;
    }

    /// <summary>Reads the keys of a set in ascending order, some at a time.</summary>
    internal struct Reader(KeySet keys)
    {
        private int _chunk;
        private int _next;

        /// <returns>How many keys were read; 0 at the end.</returns>
        public int Read(Span<long> buffer)
        {
            var read = 0;
            while (read < buffer.Length && _chunk < keys._length)
            {
                read += keys._chunks[_chunk].CopyTo(buffer[read..], ref _next);
                if (_next > ushort.MaxValue)
                {
                    (_chunk, _next) = (_chunk + 1, 0);
                }
            }

            return read;
        }
    }
}
