using System.Diagnostics;

namespace Dml.Index.Graph;

/// <summary>
/// The best slots that a walk has found, best first. A mark on each says whether the walk has visited its neighbors. One
/// sorted array replaces both heaps of Algorithm 2: a candidate that falls out of the results would not be visited either.
/// </summary>
internal sealed class Beam
{
    private const uint TakenMark = 0x8000_0000;

    // The upper half of an entry is the score, encoded so that better is less; the lower half is the slot and its mark.
    private ulong[] _entries = new ulong[64];
    private int _width;
    private int _next;

    public int Count { get; private set; }

    /// <summary>Whether the beam holds as many slots as it is wide. A new slot must then be better than the last one.</summary>
    public bool IsFull => Count == _width;

    /// <summary>Slots whose score is not above this are not accepted.</summary>
    public float Threshold { get; private set; }

    public ScoredSlot this[int place] => new(SlotOf(_entries[place]), ScoreOf(_entries[place]));

    public void Reset(int width)
    {
        if (_entries.Length < width + 1)
        {
            _entries = new ulong[width + 1];
        }

        (_width, _next, Count, Threshold) = (width, 0, 0, float.NegativeInfinity);
    }

    /// <summary>Adds a slot that the beam does not hold, if its score is good enough.</summary>
    /// <returns>Whether it is now the best slot that has not been taken.</returns>
    public bool Offer(int slot, float score)
    {
        if (IsFull && score <= Threshold)
        {
            return false;
        }

        var entry = EntryOf(slot, score);
        var place = PlaceOf(entry);
        var end = IsFull ? Count - 1 : Count++;
        Debug.Assert(Count <= _width && place <= end, "The beam is wider than it was made.");
        Debug.Assert(place == 0 || _entries[place - 1] >> 1 <= entry >> 1, "The beam is not sorted before the new slot.");
        Debug.Assert(place == end || entry >> 1 <= _entries[place] >> 1, "The beam is not sorted after the new slot.");
        _entries.AsSpan(place, end - place).CopyTo(_entries.AsSpan(place + 1));
        _entries[place] = entry;
        if (IsFull)
        {
            Threshold = ScoreOf(_entries[Count - 1]);
        }

        if (place > _next)
        {
            return false;
        }

        _next = place;
        return true;
    }

    /// <summary>Finds the best slot that has not been taken.</summary>
    /// <returns>False when all have been taken.</returns>
    public bool TryPeek(out ScoredSlot best)
    {
        while (_next < Count && ((uint)_entries[_next] & TakenMark) != 0)
        {
            _next++;
        }

        best = _next < Count ? this[_next] : default;
        return _next < Count;
    }

    /// <summary>Marks the slot that <see cref="TryPeek"/> has just found as taken.</summary>
    public void Take()
    {
        Debug.Assert(_next < Count && ((uint)_entries[_next] & TakenMark) == 0, "A slot is taken once, after it was found.");
        _entries[_next++] |= TakenMark;
    }

    private static ulong EntryOf(int slot, float score)
    {
        // The bits of floats are ordered like integers once those of negative ones are inverted (Herf 2001, radix tricks).
        var bits = BitConverter.SingleToUInt32Bits(-score);
        bits ^= (uint)((int)bits >> 31) | TakenMark;
        return ((ulong)bits << 32) | (uint)slot;
    }

    private static int SlotOf(ulong entry) => (int)((uint)entry & ~TakenMark);

    private static float ScoreOf(ulong entry)
    {
        var bits = (uint)(entry >> 32);
        bits ^= (bits & TakenMark) != 0 ? TakenMark : uint.MaxValue;
        return -BitConverter.UInt32BitsToSingle(bits);
    }

    // Binary search without a branch, which would be mispredicted every second time: the sign of a difference of 63-bit numbers
    // selects the half. The bit that is lost only orders slots of equal score.
    private int PlaceOf(ulong entry)
    {
        var place = 0;
        for (var left = Count; left > 0;)
        {
            var half = (left + 1) / 2;
            var before = (long)(_entries[place + half - 1] >> 1) - (long)(entry >> 1);
            place += half & (int)(before >> 63);
            left -= half;
        }

        return place;
    }
}
