using System.Buffers;
using Dml.Index;

namespace Dml.Api.Catalogue.Filters;

/// <summary>
/// Which items have a term, in the order of the terms: an inverted index. Terms stand in blocks of a few hundred, so that it never stops to
/// rearrange itself, whatever its size. A term of one item costs its own bytes and the key's, one of a few items a list, one of many a
/// <see cref="KeySet"/>.
/// </summary>
internal sealed class Postings
{
    private const int MostInBlock = 512;
    private const int MostListed = 256;
    private const int FewestInSet = MostListed / 2;

    // So many that bitmaps are counted again much less often than a key is added.
    private const int BufferedKeys = 1 << 15;

    // The first term of each block, beside the blocks: the search for a block touches nothing else.
    private readonly List<UInt128> _firsts = [0];
    private readonly List<Block> _blocks = [new Block()];

    /// <summary>Memory used, in bytes.</summary>
    public long MemoryBytes => ((long)_blocks.Capacity * 24) + _blocks.Sum(block => block.MemoryBytes);

    public void Add(UInt128 term, long key)
    {
        var at = BlockOf(term);
        var block = _blocks[at];
        block.Add(term, key);
        if (block.Count <= MostInBlock)
        {
            return;
        }

        // Terms that come in ascending order, as times do, would leave half-empty blocks behind.
        var isLast = at == _blocks.Count - 1 && block[block.Count - 1] == term;
        var upper = block.Split(isLast ? block.Count - 1 : block.Count / 2);
        _firsts.Insert(at + 1, upper[0]);
        _blocks.Insert(at + 1, upper);
    }

    public void Remove(UInt128 term, long key)
    {
        var at = BlockOf(term);
        _blocks[at].Remove(term, key);
        if (_blocks[at].Count > 0 || _blocks.Count == 1)
        {
            return;
        }

        _blocks.RemoveAt(at);
        _firsts.RemoveAt(at);
        _firsts[0] = 0;
    }

    /// <summary>The items of a term. The set belongs to the postings if many items have it; it must not be changed.</summary>
    public KeySet Of(UInt128 term)
    {
        var block = _blocks[BlockOf(term)];
        return block.Find(term) is var place and >= 0 && block.ItemsAt(place) is KeySet many ? many : Of(term, term);
    }

    /// <summary>The items that have any of the terms from <paramref name="first"/> to <paramref name="last"/>, as a new set.</summary>
    public KeySet Of(UInt128 first, UInt128 last)
    {
        var keys = new KeySet();
        var buffer = ArrayPool<long>.Shared.Rent(BufferedKeys);
        var buffered = 0;
        for (var at = BlockOf(first); at < _blocks.Count && _firsts[at] <= last; at++)
        {
            var block = _blocks[at];
            var from = PlaceOf(block, first);
            var to = PlaceAfter(block, last);
            if (!block.HasLists)
            {
                Buffer(block.Keys[from..to]);
                continue;
            }

            for (var place = from; place < to; place++)
            {
                switch (block.ItemsAt(place))
                {
                    case KeySet many:
                        keys.UnionWith(many);
                        break;
                    case long[] few:
                        Buffer(few);
                        break;
                    default:
                        Buffer(block.Keys.Slice(place, 1));
                        break;
                }
            }
        }

        keys.AddAll(buffer.AsSpan(0, buffered));
        ArrayPool<long>.Shared.Return(buffer);
        return keys;

        void Buffer(ReadOnlySpan<long> more)
        {
            if (buffered + more.Length > buffer.Length)
            {
                keys.AddAll(buffer.AsSpan(0, buffered));
                buffered = 0;
            }

            more.CopyTo(buffer.AsSpan(buffered));
            buffered += more.Length;
        }
    }

    /// <summary>Terms from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public long CountTerms(UInt128 first, UInt128 last)
    {
        long count = 0;
        for (var at = BlockOf(first); at < _blocks.Count && _firsts[at] <= last; at++)
        {
            var block = _blocks[at];
            count += PlaceAfter(block, last) - PlaceOf(block, first);
        }

        return count;
    }

    private static int PlaceOf(Block block, UInt128 term)
    {
        var place = block.Find(term);
        return place < 0 ? ~place : place;
    }

    private static int PlaceAfter(Block block, UInt128 term) =>
        block.Count == 0 || block[block.Count - 1] <= term ? block.Count : PlaceOf(block, term + 1);

    private int BlockOf(UInt128 term)
    {
        var at = _firsts.BinarySearch(term);
        return at < 0 ? ~at - 1 : at;
    }

    /// <summary>Terms that follow one another.</summary>
    private sealed class Block
    {
        private const int Step = 32;

        private UInt128[] _terms = [];

        // The only item of a term; or else the term has a long[] or a KeySet in the other table, which only exists if it is needed.
        private long[] _keys = [];
        private object?[]? _items;

        public int Count { get; private set; }

        public UInt128 this[int place] => _terms[place];

        public long MemoryBytes
        {
            get
            {
                var bytes = 64L + 24 + 24 + (_terms.Length * 24L) + (_items is null ? 0 : 24 + (_items.Length * 8L));
                for (var place = 0; place < Count; place++)
                {
                    bytes += ItemsAt(place) switch
                    {
                        KeySet many => many.MemoryBytes,
                        long[] few => 24 + (few.Length * 8L),
                        _ => 0,
                    };
                }

                return bytes;
            }
        }

        public int Find(UInt128 term) => _terms.AsSpan(0, Count).BinarySearch(term);

        /// <summary>Whether a term may have several items.</summary>
        public bool HasLists => _items is not null;

        /// <summary>The item of each term that has a single one.</summary>
        public ReadOnlySpan<long> Keys => _keys.AsSpan(0, Count);

        /// <summary>A <see cref="KeySet"/>, a sorted list, or null for a single item.</summary>
        public object? ItemsAt(int place) => _items?[place];

        public void Add(UInt128 term, long key)
        {
            var place = Find(term);
            if (place < 0)
            {
                Insert(~place, term, key);
                return;
            }

            switch (ItemsAt(place))
            {
                case KeySet many:
                    many.Add(key);
                    break;
                case long[] few when Array.BinarySearch(few, key) is var at and < 0:
                    long[] more = [.. few.AsSpan(0, ~at), key, .. few.AsSpan(~at)];
                    _items![place] = more.Length > MostListed ? new KeySet(more) : more;
                    break;
                case null when _keys[place] is var other && other != key:
                    _items ??= new object?[_terms.Length];
                    _items[place] = new[] { Math.Min(key, other), Math.Max(key, other) };
                    break;
            }
        }

        public void Remove(UInt128 term, long key)
        {
            var place = Find(term);
            if (place < 0)
            {
                return;
            }

            switch (ItemsAt(place))
            {
                case KeySet many:
                    if (many.Remove(key) && many.Count < FewestInSet)
                    {
                        _items![place] = many.ToArray();
                    }

                    break;
                case long[] few when Array.BinarySearch(few, key) is var at and >= 0:
                    (_items![place], _keys[place]) = few.Length > 2
                        ? ((object?)Array.FindAll(few, other => other != key), _keys[place])
                        : (null, few[1 - at]);
                    break;
                case null when _keys[place] == key:
                    Delete(place);
                    break;
            }
        }

        /// <summary>Moves the terms from a place on to a new block.</summary>
        public Block Split(int place)
        {
            var upper = new Block
            {
                _terms = _terms[place..Count],
                _keys = _keys[place..Count],
                _items = _items is null || _items.AsSpan(place..Count).IndexOfAnyExcept((object?)null) < 0 ? null : _items[place..Count],
                Count = Count - place,
            };
            Count = place;
            Resize(place);
            return upper;
        }

        private void Insert(int place, UInt128 term, long key)
        {
            if (Count == _terms.Length)
            {
                Resize(Count + Step);
            }

            _terms.AsSpan(place, Count - place).CopyTo(_terms.AsSpan(place + 1));
            _keys.AsSpan(place, Count - place).CopyTo(_keys.AsSpan(place + 1));
            (_terms[place], _keys[place]) = (term, key);
            if (_items is not null)
            {
                _items.AsSpan(place, Count - place).CopyTo(_items.AsSpan(place + 1));
                _items[place] = null;
            }

            Count++;
        }

        private void Delete(int place)
        {
            Count--;
            _terms.AsSpan(place + 1, Count - place).CopyTo(_terms.AsSpan(place));
            _keys.AsSpan(place + 1, Count - place).CopyTo(_keys.AsSpan(place));
            if (_items is not null)
            {
                _items.AsSpan(place + 1, Count - place).CopyTo(_items.AsSpan(place));
                _items[Count] = null;
            }

            if (Count <= _terms.Length / 2)
            {
                Resize(Count);
            }
        }

        private void Resize(int length)
        {
            Array.Resize(ref _terms, length);
            Array.Resize(ref _keys, length);
            if (_items is not null)
            {
                Array.Resize(ref _items, length);
            }
        }
    }
}
