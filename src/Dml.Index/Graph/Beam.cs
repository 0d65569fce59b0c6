namespace Dml.Index.Graph;

/// <summary>
/// The best slots that a walk has found, best first, each with a mark that says whether the walk has gone on from it. One
/// sorted row does for both heaps of Algorithm 2: a candidate that falls out of the results would not be taken either.
/// </summary>
internal sealed class Beam
{
    private const uint TakenMark = 0x8000_0000;

    // The upper half of an entry is the score, turned so that better is less; the lower half is the slot and its mark.
    private ulong[] _entries = new ulong[64];
    private int _width;
    private int _next;

    public int Count { get; private set; }

    /// <summary>Whether as many slots are there as the beam is wide: a new one must be better than the last.</summary>
    public bool IsFull => Count == _width;

    /// <summary>Scores that are no higher cannot get in.</summary>
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

    /// <summary>Puts a slot that is not there in its place, if it is good enough.</summary>
    /// <returns>Whether it is now the best one to go on from.</returns>
    public bool Offer(int slot, float score)
    {
        if (IsFull && score <= Threshold)
        {
            return false;
        }

        var entry = EntryOf(slot, score);
        var place = PlaceOf(entry);
        var end = IsFull ? Count - 1 : Count++;
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

    /// <summary>The best slot that has not been taken yet, if there is one.</summary>
    public bool TryPeek(out ScoredSlot best)
    {
        while (_next < Count && ((uint)_entries[_next] & TakenMark) != 0)
        {
            _next++;
        }

        best = _next < Count ? this[_next] : default;
        return _next < Count;
    }

    /// <summary>Marks what <see cref="TryPeek"/> has just given as taken.</summary>
    public void Take() => _entries[_next++] |= TakenMark;

    private static ulong EntryOf(int slot, float score)
    {
        // The bits of floats are ordered like integers once negative ones are turned round (Herf 2001, radix tricks).
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

    // Halves the rest without a branch, which would be guessed wrong every second time: the sign of a difference of what
    // 63 bits hold says which half it is. The bit that is lost tells two slots of equal score apart.
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
