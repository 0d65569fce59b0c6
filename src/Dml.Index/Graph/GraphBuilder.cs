using System.Diagnostics;
using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>Algorithm 1: links a new slot into the graph. Several threads may link slots at the same time.</summary>
internal sealed class GraphBuilder(
    HnswGraph graph, SlotTable slots, VectorCodes codes, GraphWalk walk, CrowdWalk crowd, int efConstruction, ScratchPool pool)
{
    // So few links to a slot may all come from slots that can only be reached through it. Nearly all slots have more.
    private const int FewLinks = 8;

    /// <summary>What a link is to the slot that it leads to.</summary>
    private enum Way
    {
        /// <summary>One link more.</summary>
        No,

        /// <summary>The way to it, if there is none yet.</summary>
        IfFirst,

        /// <summary>The way to it in place of one that leads nowhere.</summary>
        Always,
    }

    // 200 tight clusters of 100 in 128 dimensions, inserted one after another: recall@10 is 0.98 with the single slot of
    // Algorithm 5 on the upper levels and 0.999 with a beam of ef / 8; wider finds no more.
    private const int BeamPart = 8;

    // 100,000 vectors of 384 components: selecting from the 64 nearest of 200 gives the same recall for the same number of
    // comparisons in a search, and saves an eighth of the time.
    private const int CandidatesPerLink = 4;

    /// <summary>Links a slot to its nearest ones and them to it, on each of its levels.</summary>
    public void Link(int slot)
    {
        Debug.Assert(slots.StateOf(slot) == SlotState.Linking, "A slot is linked while no search returns it.");
        if (IsFirst(slot))
        {
            return;
        }

        var scratch = pool.Rent();
        codes.Prepare(scratch.Query, slot);
        var entry = graph.Entry;
        var top = graph.LevelOf(entry);
        var starts = walk.Descend(entry, graph.LevelOf(slot) + 1, efConstruction / BeamPart, scratch);
        var found = 0;
        for (var level = Math.Min(graph.LevelOf(slot), top); level >= 0; level--)
        {
            var nearest = FindNearest(starts, level, slot, scratch);
            found = nearest.Length;
            if (found > 0)
            {
                starts = nearest;
                LinkBothWays(slot, level, nearest, scratch);
            }
        }

        // If only removed slots were in reach, the old entry leads nowhere: start from this slot instead.
        lock (graph.EntryLock)
        {
            if (graph.LevelOf(slot) > graph.LevelOf(graph.Entry) || (found == 0 && graph.Entry == entry))
            {
                graph.Entry = slot;
            }
        }

        pool.Return(scratch);
        if (Volatile.Read(ref graph.Incoming(slot, 0)) == 0)
        {
            graph.Orphans.Enqueue(slot);
        }

        AdoptOrphans();
    }

    /// <summary>Links a slot that no walk reaches to and from the nearest slot that a walk does reach.</summary>
    public void LinkFromReach(int slot)
    {
        var scratch = pool.Rent();
        codes.Prepare(scratch.Query, slot);
        var starts = walk.Descend(graph.Entry, lowest: 1, efConstruction / BeamPart, scratch);
        var nearest = FindNearest(starts, level: 0, slot, scratch);
        var reached = scratch.Members;
        reached.Clear();
        scratch.Visited.Reset(slots.SlotCount);
        scratch.Visited.TryAdd(slot);
        foreach (var near in nearest)
        {
            scratch.Visited.TryAdd(near.Slot);
            reached.Add(near);
        }

        // Among many copies, the nearest ones may have no room: each of their links is the only way to another slot. These have room, or
        // those that they lead to.
        for (var i = 0; i < reached.Count && !TryLinkFrom(reached[i].Slot, slot, scratch); i++)
        {
            foreach (var link in scratch.Visited.AddAll(graph.RawLinks(reached[i].Slot, level: 0)))
            {
                if (slots.IsPresent(link))
                {
                    reached.Add(new ScoredSlot(link, float.NaN));
                }
            }
        }

        pool.Return(scratch);
    }

    private bool TryLinkFrom(int near, int slot, WalkScratch scratch)
    {
        var isLinked = AddLink(near, level: 0, slot, scratch, Way.Always);
        if (isLinked)
        {
            AddLink(slot, level: 0, near, scratch, Way.No);
        }

        return isLinked;
    }

    private void AdoptOrphans()
    {
        while (graph.Orphans.TryDequeue(out var orphan))
        {
            if (slots.IsPresent(orphan) && orphan != graph.Entry && Volatile.Read(ref graph.Incoming(orphan, 0)) == 0)
            {
                LinkFromReach(orphan);
            }
        }
    }

    private bool IsFirst(int slot)
    {
        if (graph.Entry != LinkTable.None)
        {
            return false;
        }

        lock (graph.EntryLock)
        {
            var first = graph.Entry == LinkTable.None;
            if (first)
            {
                graph.Entry = slot;
            }

            return first;
        }
    }

    private ReadOnlySpan<ScoredSlot> FindNearest(ReadOnlySpan<ScoredSlot> starts, int level, int slot, WalkScratch scratch)
    {
        var squaredLength = codes.SquaredLength(scratch.Query, slot);
        if (slots.Removed == 0)
        {
            crowd.Run(starts, level, efConstruction, default(AllSlots), scratch, squaredLength, except: slot);
        }
        else
        {
            crowd.Run(starts, level, efConstruction, new PresentSlots(slots), scratch, squaredLength, except: slot);
        }

        return scratch.CopyBeam();
    }

    private void LinkBothWays(int slot, int level, ReadOnlySpan<ScoredSlot> nearest, WalkScratch scratch)
    {
        nearest = nearest[..Math.Min(nearest.Length, CandidatesPerLink * graph.M)];
        Span<int> links = stackalloc int[graph.M];
        links = links[..NeighborSelection.Run(codes, nearest, links, codes.Score(scratch.Query, slot), scratch)];
        lock (graph.LockOf(slot))
        {
            graph.SetLinks(slot, level, Merge(links, graph.Links(slot, level), stackalloc int[graph.MaxLinks(level)]));
        }

        foreach (var link in links)
        {
            AddLink(link, level, slot, scratch, Way.IfFirst);
        }
    }

    // Slots that are being linked at this moment may have found this one on a level above, and linked to it first.
    private static Span<int> Merge(ReadOnlySpan<int> links, ReadOnlySpan<int> others, Span<int> merged)
    {
        links.CopyTo(merged);
        var count = links.Length;
        foreach (var other in others)
        {
            if (count < merged.Length && !links.Contains(other))
            {
                merged[count++] = other;
            }
        }

        return merged[..count];
    }

    /// <summary>
    /// Adds one link. A full row is pruned by Algorithm 4, except that the last link to a slot stays: otherwise the first items of a new
    /// cluster lose every link and are never found again. A few links, or any number among near copies, may come from slots that
    /// can only be reached through this one. Then the link from the parent stays as well.
    /// </summary>
    /// <returns>Whether the row holds the link now.</returns>
    private bool AddLink(int from, int level, int to, WalkScratch scratch, Way way)
    {
        Debug.Assert(from != to, "A slot is never linked to itself.");
        lock (graph.LockOf(from))
        {
            var isLinked = AddLocked(from, level, to, scratch, way);
            if (isLinked && way != Way.No)
            {
                graph.BecomeParent(from, to, level, way == Way.Always);
            }

            return isLinked;
        }
    }

    private bool AddLocked(int from, int level, int to, WalkScratch scratch, Way way)
    {
        var old = graph.Links(from, level);
        if (old.Contains(to))
        {
            return true;
        }

        var most = graph.MaxLinks(level);
        if (old.Length < most)
        {
            graph.Append(from, level, old.Length, to);
            return true;
        }

        Span<int> links = stackalloc int[most];
        links = Prune(from, level, to, old, links, scratch, way == Way.Always);
        graph.SetLinks(from, level, links);
        return links.Contains(to);
    }

    private Span<int> Prune(int from, int level, int to, ReadOnlySpan<int> old, Span<int> links, WalkScratch scratch, bool always)
    {
        var owner = scratch.Chosen[^1];
        codes.Prepare(owner, from);
        var scores = scratch.Scores.AsSpan(0, old.Length);
        codes.Score(owner, old, scores);
        var ideal = codes.Score(owner, from);
        var copies = ideal - (CrowdWalk.LeastDistance * codes.SquaredLength(owner, from));
        Span<ScoredSlot> candidates = stackalloc ScoredSlot[old.Length + 1];
        var kept = 0;
        var count = 0;
        for (var i = 0; i < old.Length; i++)
        {
            var incoming = Volatile.Read(ref graph.Incoming(old[i], level));
            if (incoming == 1 || (graph.ParentOf(old[i], level) == from && (incoming <= FewLinks || scores[i] > copies)))
            {
                links[kept++] = old[i];
            }
            else
            {
                candidates[count++] = new ScoredSlot(old[i], scores[i]);
            }
        }

        if ((always || Volatile.Read(ref graph.Incoming(to, level)) == 0) && kept < links.Length)
        {
            links[kept++] = to;
        }
        else
        {
            candidates[count++] = new ScoredSlot(to, codes.Score(owner, to));
        }

        candidates = candidates[..count];
        candidates.Sort(ScoredSlot.BestFirst);
        return links[..NeighborSelection.Run(codes, candidates, links, ideal, scratch, kept)];
    }
}
