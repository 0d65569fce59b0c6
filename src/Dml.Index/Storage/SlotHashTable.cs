using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dml.Index.Storage;

/// <summary>
/// A map from numbers to slots that takes little memory: the number and four bytes for each entry. Open addressing with
/// linear probing (Knuth, TAOCP vol. 3, section 6.4, Algorithms L and R), in parts that have a lock each.
/// </summary>
internal sealed class SlotHashTable<TKey>
    where TKey : unmanaged, IBinaryInteger<TKey>
{
    private const int PartBits = 4;

    private readonly Part[] _parts = [.. Enumerable.Range(0, 1 << PartBits).Select(_ => new Part())];

    public long MemoryBytes => _parts.Sum(part => part.MemoryBytes);

    public bool TryGet(TKey key, out int slot)
    {
        var bits = Mix(key);
        var part = PartOf(bits);
        lock (part)
        {
            return part.TryGet(bits, key, out slot, out _);
        }
    }

    /// <summary>Fetches the cell where the search for a key begins. It may have moved when it is read; then it is fetched again.</summary>
    public void Prefetch(TKey key)
    {
        var bits = Mix(key);
        PartOf(bits).Prefetch(bits);
    }

    /// <returns>False, with nothing changed, when the table already has the key.</returns>
    public bool TryAdd(TKey key, int slot)
    {
        var bits = Mix(key);
        var part = PartOf(bits);
        lock (part)
        {
            if (part.TryGet(bits, key, out _, out _))
            {
                return false;
            }

            part.Add(bits, key, slot);
            return true;
        }
    }

    /// <summary>Gives a key another slot.</summary>
    /// <exception cref="InvalidOperationException">The table does not have the key.</exception>
    public void Change(TKey key, int slot)
    {
        var bits = Mix(key);
        var part = PartOf(bits);
        lock (part)
        {
            part.Change(bits, key, slot);
        }
    }

    /// <summary>Removes a key.</summary>
    /// <returns>False when the table does not have it.</returns>
    public bool Remove(TKey key, out int slot)
    {
        var bits = Mix(key);
        var part = PartOf(bits);
        lock (part)
        {
            return part.Remove(bits, key, out slot);
        }
    }

    /// <summary>Reserves room for so many entries in all.</summary>
    public void EnsureRoom(int entries)
    {
        foreach (var part in _parts)
        {
            lock (part)
            {
                part.EnsureRoom(entries / _parts.Length);
            }
        }
    }

    // SplitMix64's finisher (Steele et al. 2014): keys are often consecutive numbers.
    private static ulong Mix(TKey key)
    {
        var bits = ulong.CreateTruncating(key);
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }

    private Part PartOf(ulong bits) => _parts[(int)(bits >> (64 - PartBits))];

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly record struct Cell(TKey Key, int SlotAndOne);

    private sealed class Part
    {
        private Cell[] _cells = new Cell[8];
        private int _count;

        public long MemoryBytes => _cells.Length * (long)Unsafe.SizeOf<Cell>();

        public void Prefetch(ulong bits)
        {
            var cells = _cells;
            Storage.Prefetch.Bytes(ref cells[(int)bits & (cells.Length - 1)], Unsafe.SizeOf<Cell>());
        }

        public bool TryGet(ulong bits, TKey key, out int slot, out int at)
        {
            AssertLocked();
            var mask = _cells.Length - 1;
            for (at = (int)bits & mask; _cells[at].SlotAndOne != 0; at = (at + 1) & mask)
            {
                if (_cells[at].Key == key)
                {
                    slot = _cells[at].SlotAndOne - 1;
                    return true;
                }
            }

            slot = -1;
            return false;
        }

        public void Add(ulong bits, TKey key, int slot)
        {
            EnsureRoom(++_count);
            Place(bits, new Cell(key, slot + 1));
        }

        public void EnsureRoom(int entries)
        {
            AssertLocked();
            var length = _cells.Length;
            while (entries > length / 8 * 7)
            {
                length *= 2;
            }

            if (length > _cells.Length)
            {
                var old = _cells;
                _cells = new Cell[length];
                foreach (var cell in old)
                {
                    if (cell.SlotAndOne != 0)
                    {
                        Place(Mix(cell.Key), cell);
                    }
                }
            }
        }

        public void Change(ulong bits, TKey key, int slot)
        {
            if (!TryGet(bits, key, out _, out var at))
            {
                ThrowMissing(key);
            }

            _cells[at] = new Cell(key, slot + 1);
        }

        public bool Remove(ulong bits, TKey key, out int slot)
        {
            if (!TryGet(bits, key, out slot, out var hole))
            {
                return false;
            }

            Debug.Assert(_count > 0, "An entry was removed from an empty table.");
            _count--;
            var mask = _cells.Length - 1;
            for (var at = (hole + 1) & mask; _cells[at].SlotAndOne != 0; at = (at + 1) & mask)
            {
                // An entry may fill the hole unless its own place comes after it.
                var home = (int)Mix(_cells[at].Key) & mask;
                if (((at - home) & mask) >= ((at - hole) & mask))
                {
                    _cells[hole] = _cells[at];
                    hole = at;
                }
            }

            _cells[hole] = default;
            return true;
        }

        [DoesNotReturn]
        private static void ThrowMissing(TKey key) => throw new InvalidOperationException(
            $"The key {key} should be in the table, but is not: the index is damaged. Load or build it again.");

        [Conditional("DEBUG")]
        private void AssertLocked() => Debug.Assert(Monitor.IsEntered(this), "A part is read and changed under its own lock.");

        private void Place(ulong bits, Cell cell)
        {
            // Probing ends at an empty cell, so there must be one.
            Debug.Assert(_count < _cells.Length && cell.SlotAndOne > 0, "The table is full, or the slot is negative.");
            var mask = _cells.Length - 1;
            var at = (int)bits & mask;
            while (_cells[at].SlotAndOne != 0)
            {
                at = (at + 1) & mask;
            }

            _cells[at] = cell;
        }
    }
}
