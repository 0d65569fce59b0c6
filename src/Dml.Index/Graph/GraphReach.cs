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

    /// <summary>How many slots there were at the beginning; later ones are ignored.</summary>
    public int SlotCount => _reached.Length;

    /// <summary>Slots reached so far, in the order in which they were reached.</summary>
    public IReadOnlyList<int> Order => _order;

    public bool Contains(int slot) => _reached[slot];

    /// <summary>Adds a slot and all slots that can be reached from it, from its own level down, as a walk goes.</summary>
    public void SpreadFrom(int slot)
    {
        var first = _order.Count;
        Add(slot);
        for (var level = graph.LevelOf(slot); level >= 0; level--)
        {
            for (var i = first; i < _order.Count; i++)
            {
                if (graph.LevelOf(_order[i]) >= level)
                {
                    foreach (var link in graph.RawLinks(_order[i], level))
                    {
                        if (link == LinkTable.None)
                        {
                            break;
                        }

                        if (Add(link) && setsParents)
                        {
                            graph.SetParent(link, level, _order[i]);
                        }
                    }
                }
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
