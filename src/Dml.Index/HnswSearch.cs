using System.Numerics;
using Dml.Index.Graph;
using Dml.Index.Kernels;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>Searches a core: walks or scans by codes, whichever is faster, and ranks the candidates by the vectors themselves.</summary>
internal sealed class HnswSearch(HnswCore core)
{
    // A scan reads memory in order and only computes scores: it is faster up to this many times the width of the beam. A walk
    // looks at 10 to 25 slots for each place in its beam.
    private const int SlotsScannedPerPlace = 80;
    private const int SlotsWalkedPerPlace = 16;

    // Cost of looking at a slot, in calls of a predicate.
    private const int PredicatesPerSlot = 4;
    private const int PredicatesAskedToEstimate = 128;

    // Part of the beam that is used on the upper levels: it crosses between distant clusters and costs little.
    private const int BeamPart = 32;

    // Scans that may have missed an item that was moving are repeated up to this many times.
    private const int MostLooks = 16;

    // A moving item is in two slots and takes two places until its writer finishes, so each further scan has more places.
    private const int MorePlacesEachLook = 32;
    private const int ScanBlock = 32;

    public int Run(ReadOnlySpan<float> query, Span<Neighbor> neighbors, int ef, KeyFilter filter)
    {
        if (neighbors.Length == 0)
        {
            return 0;
        }

        var scratch = core.Pool.Rent();
        try
        {
            core.Codes.Prepare(scratch.Query, query);
            var movesEnded = core.Slots.MovesEnded;
            if (TryWalk(query, neighbors.Length, ef, filter, scratch))
            {
                var found = Rank(query, neighbors, filter, movesEnded, scratch);
                if (found == neighbors.Length)
                {
                    return found;
                }
            }

            return Scan(query, neighbors, filter, scratch);
        }
        finally
        {
            core.Pool.Return(scratch);
        }
    }

    /// <summary>Whether a walk was worthwhile and was not given up.</summary>
    private bool TryWalk(ReadOnlySpan<float> query, int wanted, int ef, KeyFilter filter, WalkScratch scratch)
    {
        var count = core.Slots.Count;
        var entry = core.Graph.Entry;
        if (count <= (long)SlotsScannedPerPlace * ef || entry == LinkTable.None)
        {
            return false;
        }

        var visitLimit = int.MaxValue;
        if (!filter.AcceptsAll)
        {
            var matches = Math.Max(1, EstimateMatches(filter));
            var scanned = matches + (filter.Predicate is null ? 0 : count / PredicatesPerSlot);
            var walked = (double)SlotsWalkedPerPlace * ef * count / matches;
            if (matches < wanted || scanned < walked)
            {
                return false;
            }

            // If the matches are elsewhere, the walk is given up before it has cost as much as the scan that follows.
            visitLimit = (int)Math.Min(int.MaxValue, Math.Max(walked, scanned));
        }

        var starts = core.Walk.Descend(entry, lowest: 1, ef / BeamPart, scratch);
        return filter.AcceptsAll && core.Slots.Removed == 0
            ? Walk(query, starts, ef, default(AllSlots), visitLimit, scratch)
            : Walk(query, starts, ef, new MatchingSlots(core.Slots, filter), visitLimit, scratch);
    }

    private bool Walk<TFilter>(ReadOnlySpan<float> query, ReadOnlySpan<ScoredSlot> starts, int ef, TFilter filter, int visitLimit, WalkScratch scratch)
        where TFilter : struct, ISlotFilter
    {
        if (!core.Walk.Run(starts, level: 0, ef, filter, visitLimit, scratch))
        {
            return false;
        }

        core.Crowd.Run(level: 0, ef, filter, scratch, Quantizer.Survey(query).Squares);
        return true;
    }

    private double EstimateMatches(KeyFilter filter)
    {
        var slots = core.Slots.SlotCount;
        double most = Math.Min(core.Slots.Count, filter.Among?.Count ?? long.MaxValue);
        if (filter.Predicate is null)
        {
            return most;
        }

        var step = Math.Max(1, slots / PredicatesAskedToEstimate);
        var asked = 0;
        var matches = 0;
        for (var slot = 0; slot < slots; slot += step)
        {
            asked++;
            matches += core.Slots.Matches(slot, filter) ? 1 : 0;
        }

        return Math.Min(most, (double)matches * slots / asked);
    }

    private int Scan(ReadOnlySpan<float> query, Span<Neighbor> neighbors, KeyFilter filter, WalkScratch scratch)
    {
        var found = 0;
        long movesEnded;
        int wanted;
        var looks = 0;
        do
        {
            // An item that moves during the scan may be missed in both slots. The scan is then repeated for the missing hits.
            movesEnded = core.Slots.MovesEnded;
            wanted = Math.Min(neighbors.Length, core.Slots.Count);
            scratch.Beam.Reset(core.Codes.CandidatesFor(neighbors.Length) + (looks * MorePlacesEachLook));
            if (filter.Among is { } keys && keys.Count < core.Slots.Count)
            {
                OfferKeys(keys, filter, scratch);
            }
            else
            {
                OfferSlots(filter, scratch);
            }

            found = Rank(query, neighbors, filter, movesEnded, scratch, found);
        }
        while (found < wanted && core.Slots.MovesBegun != movesEnded && ++looks < MostLooks);

        return found;
    }

    private void OfferSlots(KeyFilter filter, WalkScratch scratch)
    {
        Span<int> block = stackalloc int[ScanBlock];
        var count = 0;
        var slots = core.Slots.SlotCount;
        for (var slot = 0; slot < slots; slot++)
        {
            if (filter.AcceptsAll ? core.Slots.IsLive(slot) : core.Slots.Matches(slot, filter))
            {
                block[count++] = slot;
                if (count == ScanBlock)
                {
                    OfferBlock(block, scratch);
                    count = 0;
                }
            }
        }

        OfferBlock(block[..count], scratch);
    }

    private void OfferKeys(KeySet keys, KeyFilter filter, WalkScratch scratch)
    {
        Span<int> block = stackalloc int[ScanBlock];
        var count = 0;
        scratch.Visited.Reset(core.Slots.SlotCount);
        for (var word = 0; word < keys.Words.Length; word++)
        {
            for (var left = keys.Words[word]; left != 0; left &= left - 1)
            {
                var key = ((long)word << 6) + BitOperations.TrailingZeroCount(left);
                if (core.Slots.TryGetSlot(key, out var slot) && core.Slots.Matches(slot, filter)
                    && scratch.Visited.AddAll([slot]).Length > 0)
                {
                    block[count++] = slot;
                    if (count == ScanBlock)
                    {
                        OfferBlock(block, scratch);
                        count = 0;
                    }
                }
            }
        }

        OfferBlock(block[..count], scratch);
    }

    private void OfferBlock(ReadOnlySpan<int> block, WalkScratch scratch)
    {
        Span<float> scores = stackalloc float[ScanBlock];
        core.Codes.Score(scratch.Query, block, scores);
        scratch.Scanned += block.Length;
        for (var i = 0; i < block.Length; i++)
        {
            scratch.Beam.Offer(block[i], scores[i]);
        }
    }

    private int Rank(
        ReadOnlySpan<float> query, Span<Neighbor> neighbors, KeyFilter filter, long movesEnded, WalkScratch scratch, int earlier = 0)
    {
        if (earlier > 0)
        {
            // Hits sorted with the worst one first are a heap.
            neighbors[..earlier].Reverse();
            return Rank(query, neighbors, filter, unique: true, scratch.Beam, earlier);
        }

        var found = Rank(query, neighbors, filter, unique: false, scratch.Beam);

        // An item that moves from one slot to another may have been seen in both.
        return core.Slots.MovesBegun == movesEnded ? found : Rank(query, neighbors, filter, unique: true, scratch.Beam);
    }

    private int Rank(ReadOnlySpan<float> query, Span<Neighbor> neighbors, KeyFilter filter, bool unique, Beam beam, int earlier = 0)
    {
        var top = new TopNeighbors(neighbors, unique, earlier);
        var most = core.Codes.CandidatesFor(neighbors.Length);
        for (var place = 0; place < beam.Count && (place < most || top.Count < neighbors.Length); place++)
        {
            if (place + 1 < beam.Count)
            {
                core.Vectors.Prefetch(beam[place + 1].Slot);
            }

            var slot = beam[place].Slot;
            core.Slots.Offer(slot, core.Vectors.Score(query, slot), filter, ref top);
        }

        return top.Sort();
    }
}
