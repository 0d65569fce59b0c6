using System.Diagnostics;
using System.Runtime.InteropServices;
using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Takes removed slots out of the graph. Their own links do not tell which slots link to them, so a sweep passes over all
/// slots, a few with every write, and redirects links to removed slots to the neighbors behind them (the deletion rule of
/// Singh et al. 2021, FreshDiskANN, Algorithm 4). The sweep begins once every thread that may still have seen these slots as
/// present has left, so that no link leads to them afterwards. They are freed once every thread that may have reached them
/// before has left as well. One writer at a time does this work, and no thread waits for it.
/// </summary>
internal sealed class GraphRepair(
    HnswGraph graph, SlotTable slots, VectorCodes codes, GraphBuilder builder, ReaderEpochs epochs, ScratchPool pool)
{
    private const int SlotsPerWrite = 32;
    private const int ItemsPerRemovedToStart = 20;

    private readonly Lock _working = new();
    private readonly Lock _adding = new();
    private readonly List<ScoredSlot> _candidates = [];
    private List<int> _waiting = [];
    private List<int> _leaving = [];
    private Phase _phase = Phase.Gathering;
    private long _since;
    private int _position;

    private enum Phase
    {
        /// <summary>Collecting removed slots until a sweep is worthwhile.</summary>
        Gathering,

        /// <summary>Waiting for threads that may still link to the leaving slots.</summary>
        BeforeSweep,

        /// <summary>Redirecting links.</summary>
        Sweeping,

        /// <summary>Waiting for threads that may still read the leaving slots.</summary>
        BeforeFree,
    }

    /// <summary>Adds a slot that has just been removed.</summary>
    public void Add(int slot)
    {
        lock (_adding)
        {
            _waiting.Add(slot);
        }
    }

    /// <summary>Advances by a few slots, unless another thread is doing so. The caller has left the epoch.</summary>
    public void Advance()
    {
        if (slots.Removed > 0 && _working.TryEnter())
        {
            try
            {
                Step(SlotsPerWrite);
            }
            finally
            {
                _working.Exit();
            }
        }
    }

    /// <summary>Frees every removed slot. No other thread may be writing.</summary>
    public void Finish()
    {
        lock (_working)
        {
            while (slots.Removed > 0)
            {
                if (_phase == Phase.Gathering)
                {
                    Begin();
                }

                Step(int.MaxValue);
            }
        }
    }

    /// <summary>After a file is loaded, adds the slots that were removed but not yet free.</summary>
    public void Resume()
    {
        for (var slot = 0; slot < slots.SlotCount; slot++)
        {
            if (slots.StateOf(slot) == SlotState.Removed)
            {
                Add(slot);
            }
        }
    }

    private void Step(int most)
    {
        Debug.Assert(_working.IsHeldByCurrentThread, "One thread at a time repairs the graph.");
        if (_phase == Phase.Gathering && _waiting.Count * ItemsPerRemovedToStart > slots.Count)
        {
            Begin();
        }

        if (_phase == Phase.BeforeSweep && epochs.HavePassed(_since))
        {
            (_phase, _position) = (Phase.Sweeping, 0);
        }

        if (_phase == Phase.Sweeping)
        {
            Sweep(most);
        }

        if (_phase == Phase.BeforeFree && epochs.HavePassed(_since))
        {
            FreeLeaving();
        }
    }

    private void Begin()
    {
        Debug.Assert(_phase == Phase.Gathering && _leaving.Count == 0, "A sweep begins after the one before has ended.");
        lock (_adding)
        {
            (_leaving, _waiting) = (_waiting, _leaving);
        }

        (_phase, _since) = (Phase.BeforeSweep, epochs.Current);
    }

    private void Sweep(int most)
    {
        for (var left = most; left > 0 && _position < slots.SlotCount; _position++)
        {
            if (slots.StateOf(_position) != SlotState.Free)
            {
                left--;
                for (var level = 0; level <= graph.LevelOf(_position); level++)
                {
                    RedirectLinks(_position, level);
                }
            }
        }

        if (_position >= slots.SlotCount)
        {
            LeaveEntry();
            ReconnectLost();
            (_phase, _since) = (Phase.BeforeFree, epochs.Current);
        }
    }

    private void RedirectLinks(int slot, int level)
    {
        if (graph.ParentOf(slot, level) is var parent and not LinkTable.None && !slots.IsPresent(parent))
        {
            graph.ForgetParent(slot, level, parent);
        }

        lock (graph.LockOf(slot))
        {
            var old = graph.Links(slot, level);
            Span<int> links = stackalloc int[graph.MaxLinks(level)];
            var kept = 0;
            foreach (var link in old)
            {
                if (slots.IsPresent(link))
                {
                    links[kept++] = link;
                }
            }

            if (kept < old.Length)
            {
                kept = LinkBehind(slot, level, old, links, kept);
                graph.SetLinks(slot, level, links[..kept]);
            }
        }
    }

    private int LinkBehind(int slot, int level, ReadOnlySpan<int> old, Span<int> links, int kept)
    {
        var scratch = pool.Rent();
        var owner = scratch.Chosen[^1];
        codes.Prepare(owner, slot);
        _candidates.Clear();
        foreach (var removed in old)
        {
            if (!slots.IsPresent(removed))
            {
                foreach (var behind in graph.RawLinks(removed, level))
                {
                    if (behind == LinkTable.None)
                    {
                        break;
                    }

                    if (behind != slot && slots.IsPresent(behind))
                    {
                        _candidates.Add(new ScoredSlot(behind, codes.Score(owner, behind)));
                    }
                }
            }
        }

        _candidates.Sort(ScoredSlot.BestFirst);
        kept = NeighborSelection.Run(codes, CollectionsMarshal.AsSpan(_candidates), links, codes.Score(owner, slot), scratch, kept);
        pool.Return(scratch);
        return kept;
    }

    private void FreeLeaving()
    {
        foreach (var slot in _leaving)
        {
            lock (graph.LockOf(slot))
            {
                for (var level = 0; level <= graph.LevelOf(slot); level++)
                {
                    graph.SetLinks(slot, level, []);
                    graph.SetParent(slot, level, LinkTable.None);
                }
            }
        }

        foreach (var slot in _leaving)
        {
            AssertUnreachable(slot);
            slots.Free(slot);
        }

        _leaving.Clear();
        _phase = Phase.Gathering;
    }

    private void LeaveEntry()
    {
        lock (graph.EntryLock)
        {
            if (graph.Entry != LinkTable.None && !slots.IsPresent(graph.Entry))
            {
                graph.Entry = Highest();
            }
        }
    }

    // A slot that is still being linked is better than none.
    private int Highest()
    {
        var highest = LinkTable.None;
        for (var slot = 0; slot < slots.SlotCount; slot++)
        {
            if (slots.IsPresent(slot) && (highest == LinkTable.None || Rank(slot) > Rank(highest)))
            {
                highest = slot;
            }
        }

        return highest;

        int Rank(int slot) => (slots.IsLive(slot) ? 256 : 0) + graph.LevelOf(slot);
    }

    /// <summary>Links the live slots that no walk reaches: redirected links keep most paths open, but not all of them.</summary>
    /// <returns>How many there were.</returns>
    public int ReconnectLost()
    {
        if (graph.Entry == LinkTable.None)
        {
            return 0;
        }

        var lost = 0;
        var reach = new GraphReach(graph, slots);
        reach.SpreadFrom(graph.Entry);
        for (var slot = 0; slot < reach.SlotCount; slot++)
        {
            if (!reach.Contains(slot) && slots.IsLive(slot))
            {
                lost++;
                builder.LinkFromReach(slot);
                reach.SpreadFrom(slot);
            }
        }

        return lost;
    }
    [Conditional("DEBUG")]
    private void AssertUnreachable(int slot)
    {
        for (var level = 0; level <= graph.LevelOf(slot); level++)
        {
            Debug.Assert(Volatile.Read(ref graph.Incoming(slot, level)) == 0, "A slot is freed that links lead to.");
        }

        Debug.Assert(graph.Entry != slot, "The entry is freed.");
    }
}
