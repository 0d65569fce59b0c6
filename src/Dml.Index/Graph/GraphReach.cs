using System.Diagnostics;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>The slots that can be reached by links, from the entry down through the levels.</summary>
/// <param name="graph">The graph.</param>
/// <param name="slots">Its slots.</param>
/// <param name="setsParents">
/// Whether the slot that another one is first reached from becomes its parent. No other thread may be writing.
/// </param>
internal sealed class GraphReach(HnswGraph graph, SlotTable slots, bool setsParents = false)
{
    private readonly bool[] _reached = new bool[slots.SlotCount];
    private readonly List<int> _order = [];
    private int _level = -1;
    private int _first;
    private int _next;

    /// <summary>How many slots there were at the beginning; later ones are ignored.</summary>
    public int SlotCount => _reached.Length;

    /// <summary>Slots reached so far, in the order in which they were reached.</summary>
    public IReadOnlyList<int> Order => _order;

    public bool Contains(int slot) => _reached[slot];

    /// <summary>Adds a slot and all slots that can be reached from it, from its own level down, as a walk goes.</summary>
    public void SpreadFrom(int slot)
    {
        Begin(slot);
        var looks = int.MaxValue;
        Spread(ref looks);
    }

    /// <summary>Adds a slot; <see cref="Spread"/> adds those that can be reached from it.</summary>
    public void Begin(int slot)
    {
        Debug.Assert(_level < 0, "One slot spreads at a time.");
        _first = _next = _order.Count;
        Add(slot);
        _level = graph.LevelOf(slot);
    }

    /// <summary>Goes on until everything has been reached that can be, or until it has looked at so many slots.</summary>
    /// <param name="looks">How many slots it may look at; afterwards, how many are left.</param>
    /// <returns>Whether everything has been reached.</returns>
    public bool Spread(ref int looks)
    {
        for (; _level >= 0; _level--, _next = _first)
        {
            for (; _next < _order.Count; _next++)
            {
                if (looks == 0)
                {
                    return false;
                }

                looks--;

                if (graph.LevelOf(_order[_next]) >= _level)
                {
                    Follow(_order[_next], _level);
                }
            }
        }

        return true;
    }

    private void Follow(int slot, int level)
    {
        foreach (var link in graph.RawLinks(slot, level))
        {
            if (link == LinkTable.None)
            {
                break;
            }

            if (Add(link) && setsParents)
            {
                graph.SetParent(link, level, slot);
            }
        }
    }

    private bool Add(int slot)
    {
        var isNew = slot < _reached.Length && !_reached[slot];
        if (isNew)
        {
            _reached[slot] = true;
            _order.Add(slot);
        }

        return isNew;
    }
}
