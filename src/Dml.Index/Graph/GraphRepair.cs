using System.Diagnostics;
using System.Runtime.InteropServices;
using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Takes removed slots out of the graph. Their own links do not tell which slots link to them, so a sweep passes over all
/// slots, a few with every write, and redirects links to removed slots to the neighbors behind them (the deletion rule of
/// Singh et al. 2021, FreshDiskANN, Algorithm 4). The sweep begins once every thread that may still have seen these slots as
/// present has left, so that no link leads to them afterwards. Then the graph is walked from its entry, and slots that no walk
/// reaches any longer are linked again. The removed slots are freed once every thread that may have reached them before has left
/// as well. One writer at a time does this work, a few slots with each write, and no thread waits for it.
/// </summary>
internal sealed class GraphRepair(
    HnswGraph graph, SlotTable slots, VectorCodes codes, GraphBuilder builder, ReaderEpochs epochs, ScratchPool pool)
{
    // A write takes some hundred microseconds; this adds a few tens to it, however large the index is.
    private const int SlotsPerWrite = 32;
    private const int FreedPerWrite = 256;
    private const int ItemsPerRemovedToStart = 20;

    private readonly Lock _working = new();
    private readonly Lock _adding = new();
    private readonly List<ScoredSlot> _candidates = [];
    private List<int> _waiting = [];
    private List<int> _leaving = [];
    private Phase _phase = Phase.Gathering;
    private LostSlots? _lost;
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

        /// <summary>Looking for slots that no walk reaches: redirected links keep most paths open, but not all of them.</summary>
        Reconnecting,

        /// <summary>Waiting for threads that may still read the leaving slots.</summary>
        BeforeFree,

        /// <summary>Clearing the links of the leaving slots, also those between them.</summary>
        Clearing,

        /// <summary>Freeing the leaving slots.</summary>
        Freeing,
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
                Step(share: 1);
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

                // More than there can be slots.
                Step(share: int.MaxValue / FreedPerWrite);
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

    /// <param name="share">How many times the work of one write.</param>
    private void Step(int share)
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
            Sweep(share * SlotsPerWrite);
        }

        if (_phase == Phase.Reconnecting)
        {
            Reconnect(share);
        }

        if (_phase == Phase.BeforeFree && epochs.HavePassed(_since))
        {
            (_phase, _position) = (Phase.Clearing, 0);
        }

        if (_phase == Phase.Clearing)
        {
            Clear(share * FreedPerWrite);
        }

        if (_phase == Phase.Freeing)
        {
            Free(share * FreedPerWrite);
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
            (_phase, _lost) = (Phase.Reconnecting, new LostSlots(graph, slots, builder));
        }
    }

    private void Reconnect(int parts)
    {
        if (_lost!.Link(parts))
        {
            (_phase, _lost, _since) = (Phase.BeforeFree, null, epochs.Current);
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

    private void Clear(int most)
    {
        for (; most > 0 && _position < _leaving.Count; most--)
        {
            var slot = _leaving[_position++];
            lock (graph.LockOf(slot))
            {
                for (var level = 0; level <= graph.LevelOf(slot); level++)
                {
                    graph.SetLinks(slot, level, []);
                    graph.SetParent(slot, level, LinkTable.None);
                }
            }
        }

        if (_position == _leaving.Count)
        {
            _phase = Phase.Freeing;
        }
    }

    private void Free(int most)
    {
        for (; most > 0 && _leaving.Count > 0; most--)
        {
            AssertUnreachable(_leaving[^1]);
            slots.Free(_leaving[^1]);
            _leaving.RemoveAt(_leaving.Count - 1);
        }

        if (_leaving.Count == 0)
        {
            _phase = Phase.Gathering;
        }
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
