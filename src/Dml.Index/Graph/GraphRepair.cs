using System.Runtime.InteropServices;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Takes removed slots out of the graph. Their own links do not tell who links to them, so a sweep passes over all
/// slots, a few with every write, and bends links that lead to removed slots to the neighbours behind them (the deletion
/// rule of Singh et al. 2021, FreshDiskANN, Algorithm 4). After a whole sweep nothing leads to what was removed before it
/// began: those slots are free. For ten items at most about one removed slot waits for it.
/// </summary>
internal sealed class GraphRepair(HnswGraph graph, SlotTable slots, VectorStore vectors, GraphBuilder builder)
{
    private const int SlotsPerWrite = 32;
    private const int ItemsPerRemovedToStart = 20;

    private List<int> _waiting = [];
    private List<int> _leaving = [];
    private readonly List<ScoredSlot> _candidates = [];
    private int _position;

    /// <summary>Notes a slot that has just been removed.</summary>
    public void Add(int slot)
    {
        _waiting.Add(slot);
        if (slots.Count == 0)
        {
            FreeAll();
        }
    }

    /// <summary>Goes a few slots on; called with every write.</summary>
    public void Advance()
    {
        if (_leaving.Count == 0)
        {
            if (_waiting.Count * ItemsPerRemovedToStart <= slots.Count)
            {
                return;
            }

            (_leaving, _waiting, _position) = (_waiting, _leaving, 0);
        }

        for (int left = SlotsPerWrite; left > 0 && _position < slots.SlotCount; _position++)
        {
            if (slots.StateOf(_position) != SlotState.Free)
            {
                left--;
                for (int level = 0; level <= graph.LevelOf(_position); level++)
                {
                    BendLinks(_position, level);
                }
            }
        }

        if (_position == slots.SlotCount)
        {
            FreeLeaving();
        }
    }

    /// <summary>After a file is loaded: what was removed and not yet free waits for the next sweep.</summary>
    public void Resume()
    {
        for (int slot = 0; slot < slots.SlotCount; slot++)
        {
            if (slots.StateOf(slot) == SlotState.Removed)
            {
                Add(slot);
            }
        }
    }

    private void FreeAll()
    {
        graph.Clear();
        _waiting.ForEach(slots.Free);
        _leaving.ForEach(slots.Free);
        _waiting.Clear();
        _leaving.Clear();
    }

    private void BendLinks(int slot, int level)
    {
        ReadOnlySpan<int> old = graph.Links(slot, level);
        Span<int> links = stackalloc int[graph.MaxLinks(level)];
        int kept = 0;
        foreach (int link in old)
        {
            if (slots.IsLive(link))
            {
                links[kept++] = link;
            }
        }

        if (kept == old.Length)
        {
            return;
        }

        VectorScorer scorer = vectors.ScorerFor(slot);
        _candidates.Clear();
        foreach (int removed in old)
        {
            if (!slots.IsLive(removed))
            {
                foreach (int behind in graph.Links(removed, level))
                {
                    if (behind != slot && slots.IsLive(behind))
                    {
                        _candidates.Add(new ScoredSlot(behind, scorer.Score(behind)));
                    }
                }
            }
        }

        _candidates.Sort(ScoredSlot.BestFirst);
        kept = NeighborSelection.Run(vectors, CollectionsMarshal.AsSpan(_candidates), links, kept);
        graph.SetLinks(slot, level, links[..kept]);
    }

    private void FreeLeaving()
    {
        foreach (int slot in _leaving)
        {
            for (int level = 0; level <= graph.LevelOf(slot); level++)
            {
                graph.SetLinks(slot, level, []);
            }

            slots.Free(slot);
        }

        _leaving.Clear();
        if (slots.StateOf(graph.Entry) == SlotState.Free)
        {
            graph.Entry = HighestLive();
        }

        ReconnectLost();
    }

    private int HighestLive()
    {
        int highest = LinkTable.None;
        for (int slot = 0; slot < slots.SlotCount; slot++)
        {
            if (slots.IsLive(slot) && (highest == LinkTable.None || graph.LevelOf(slot) > graph.LevelOf(highest)))
            {
                highest = slot;
            }
        }

        return highest;
    }

    // Bent links keep most ways open but not every one: what only the slots now gone led to is linked anew.
    private void ReconnectLost()
    {
        bool[] reached = new bool[slots.SlotCount];
        List<int> reachedSlots = [];
        Reach(graph.Entry);
        for (int level = graph.LevelOf(graph.Entry); level >= 0; level--)
        {
            for (int i = 0; i < reachedSlots.Count; i++)
            {
                Spread(reachedSlots[i], level);
            }
        }

        for (int slot = 0; slot < reached.Length; slot++)
        {
            if (!reached[slot] && slots.IsLive(slot))
            {
                builder.LinkFromReach(slot);
                int first = reachedSlots.Count;
                Reach(slot);
                for (int i = first; i < reachedSlots.Count; i++)
                {
                    Spread(reachedSlots[i], level: 0);
                }
            }
        }

        void Reach(int slot)
        {
            if (!reached[slot])
            {
                reached[slot] = true;
                reachedSlots.Add(slot);
            }
        }

        void Spread(int slot, int level)
        {
            foreach (int link in graph.Links(slot, level))
            {
                Reach(link);
            }
        }
    }
}
