using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Finds the live slots that no walk from the entry reaches, and links them. It works in parts: other threads may be writing in between
/// and meanwhile. What they add is linked by themselves.
/// </summary>
internal sealed class LostSlots(HnswGraph graph, SlotTable slots, GraphBuilder builder)
{
    // Looking at a slot takes a tenth of a microsecond to a microsecond.
    private const int LooksInPart = 256;

    private readonly GraphReach _reach = new(graph, slots);
    private bool _isBegun;
    private int _position;

    /// <summary>How many were found so far.</summary>
    public int Count { get; private set; }

    /// <summary>Does so many parts of the work. A part looks at a few hundred slots, and links one at most.</summary>
    /// <returns>Whether no slot is lost any longer.</returns>
    public bool Link(int parts)
    {
        if (!_isBegun)
        {
            if (graph.Entry == LinkTable.None)
            {
                return true;
            }

            _reach.Begin(graph.Entry);
            _isBegun = true;
        }

        for (; parts > 0 && _position < _reach.SlotCount; parts--)
        {
            LinkOne();
        }

        return _position >= _reach.SlotCount;
    }

    private void LinkOne()
    {
        var looks = LooksInPart;
        if (!_reach.Spread(ref looks))
        {
            return;
        }

        for (; looks > 0 && _position < _reach.SlotCount; looks--)
        {
            var slot = _position++;
            if (!_reach.Contains(slot) && slots.IsLive(slot))
            {
                Count++;
                builder.LinkFromReach(slot);
                _reach.Begin(slot);
                return;
            }
        }
    }
}
