using System.Numerics;
using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>Searches a core: walks or scans by codes, whichever is quicker, and ranks what is found by the vectors themselves.</summary>
internal sealed class HnswSearch(HnswCore core)
{
    // A scan reads memory in order and needs nothing but a score for each slot: it is the quicker way up to this many
    // times the width of the beam. A walk looks at 10 to 25 slots for each place in its beam.
    private const int SlotsScannedPerPlace = 80;
    private const int SlotsWalkedPerPlace = 16;

    // Asking a predicate about a slot against looking at one.
    private const int PredicatesPerSlot = 4;
    private const int PredicatesAskedToEstimate = 128;

    // Part of the beam that goes down the upper levels: it finds the way between far clusters and costs little.
    private const int BeamPart = 32;

    // Of scans that may have missed an item on the move.
    private const int MostLooks = 16;

    // An item stands in two slots until its writer goes on, and takes two places for as long as that: each further look has more.
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
            if (TryWalk(neighbors.Length, ef, filter, scratch))
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

    /// <summary>Whether a walk was worth while and found enough.</summary>
    private bool TryWalk(int wanted, int ef, KeyFilter filter, WalkScratch scratch)
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

            // A walk for matches that lie elsewhere is given up before it has cost as much as the scan that follows.
            visitLimit = (int)Math.Min(int.MaxValue, Math.Max(walked, scanned));
        }

        var starts = core.Walk.Descend(entry, lowest: 1, ef / BeamPart, scratch);
        return filter.AcceptsAll && core.Slots.Removed == 0
            ? core.Walk.Run(starts, level: 0, ef, default(AllSlots), visitLimit, scratch)
            : core.Walk.Run(starts, level: 0, ef, new MatchingSlots(core.Slots, filter), visitLimit, scratch);
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
            // An item that moves on while the scan passes may be missed at both places: then look again, for what is missing.
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
            // Hits with the worst one first are a heap.
            neighbors[..earlier].Reverse();
            return Rank(query, neighbors, filter, unique: true, scratch.Beam, earlier);
        }

        var found = Rank(query, neighbors, filter, unique: false, scratch.Beam);

        // While an item moves from one slot to another it may be seen in both.
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
