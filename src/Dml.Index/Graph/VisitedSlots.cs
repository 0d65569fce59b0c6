namespace Dml.Index.Graph;

/// <summary>The slots a walk has seen. Forgetting them all is one increment; the marks are wiped every 65,535 walks.</summary>
internal sealed class VisitedSlots
{
    private ushort[] _marks = [];
    private ushort _current;

    public int Count { get; private set; }

    public void Reset(int slots)
    {
        if (_marks.Length < slots)
        {
            _marks = new ushort[slots + (slots / 2)];
            _current = 0;
        }

        if (++_current == 0)
        {
            Array.Clear(_marks);
            _current = 1;
        }

        Count = 0;
    }

    /// <returns>False when the slot has been seen before.</returns>
    public bool Add(int slot)
    {
        if (_marks[slot] == _current)
        {
            return false;
        }

        _marks[slot] = _current;
        Count++;
        return true;
    }
}
