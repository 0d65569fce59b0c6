using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Dml.Embedding;

/// <summary>
/// Vectors of pictures that were embedded before, by the SHA-256 of the file's bytes, the region and the embedder's fingerprint, so
/// that embedders can share a cache. The least recently used vectors are evicted when the bound is reached. Every member may be
/// called from any thread.
/// </summary>
public sealed class EmbeddingCache
{
    // Key, list node, dictionary entry and array header of one vector, measured roughly and rounded up.
    private const int BytesBesideVector = 320;

    private readonly Lock _turn = new();
    private readonly Dictionary<Key, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byAge = [];
    private readonly long _capacity;
    private long _bytes;
    private long _hits;
    private long _misses;

    /// <param name="capacityBytes">Most memory that the cache may take; 0 disables it.</param>
    public EmbeddingCache(long capacityBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacityBytes);
        _capacity = capacityBytes;
    }

    /// <summary>Size and hit counts at one moment.</summary>
    public EmbeddingCacheFigures Figures
    {
        get
        {
            lock (_turn)
            {
                return new EmbeddingCacheFigures(_entries.Count, _bytes, _capacity, _hits, _misses);
            }
        }
    }

    internal bool KeepsNothing => _capacity == 0;

    internal static Key KeyOf(string fingerprint, ReadOnlySpan<byte> picture, PictureRegion? region = null)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(picture, hash);
        return new Key(fingerprint, region, new UInt128(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..])),
            new UInt128(BitConverter.ToUInt64(hash[16..]), BitConverter.ToUInt64(hash[24..])));
    }

    internal bool TryGet(Key key, [NotNullWhen(true)] out float[]? vector, out PictureInfo info)
    {
        lock (_turn)
        {
            if (!_entries.TryGetValue(key, out var node))
            {
                _misses++;
                vector = null;
                info = default;
                return false;
            }

            _hits++;
            _byAge.Remove(node);
            _byAge.AddLast(node);
            (_, vector, info) = node.Value;
        }

        // A copy, so that a caller that changes the vector does not change later answers.
        vector = [.. vector];
        return true;
    }

    internal void Add(Key key, ReadOnlySpan<float> vector, PictureInfo info)
    {
        Entry entry = new(key, vector.ToArray(), info);
        lock (_turn)
        {
            if (_entries.ContainsKey(key) || BytesOf(entry) > _capacity)
            {
                return;
            }

            _entries.Add(key, _byAge.AddLast(entry));
            _bytes += BytesOf(entry);
            while (_bytes > _capacity)
            {
                var oldest = _byAge.First!.Value;
                _byAge.RemoveFirst();
                _entries.Remove(oldest.Key);
                _bytes -= BytesOf(oldest);
            }
        }
    }

    private static long BytesOf(Entry entry) => BytesBesideVector + ((long)entry.Vector.Length * sizeof(float));

    internal readonly record struct Key(string Fingerprint, PictureRegion? Region, UInt128 FirstHalf, UInt128 SecondHalf);

    private sealed record Entry(Key Key, float[] Vector, PictureInfo Info);
}
