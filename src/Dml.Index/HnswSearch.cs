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

    // With more matching items than this share, a walk among all of them with a wider beam is cheaper than one among the matching: 0.6 ms
    // against 1.5 at 5 % of 10^5 items, 0.27 against 0.6 at 10 %. It is so below, too, but is wasted when what matches lies elsewhere.
    private const double LeastShareOfAll = 0.05;

    // When the walk among all has shown that what matches lies elsewhere, none of it is much nearer than the rest. 99 % of 10^5 items
    // that match, all but the query's cluster: recall@10 is 0.87 with the usual beam and 0.96 with this, for 0.05 ms.
    private const int WidthElsewhere = 2;

    // Cost of comparing a slot that is looked up, in slots of which a walk only finds out whether they match: so that the walk and the
    // scan of 7 to 8 % of 10^5 items, which take equally long, cost the same.
    private const int TestsPerSlot = 5;

    // Cost of looking at a slot, in calls of a predicate.
    private const int PredicatesPerSlot = 4;
    private const int PredicatesAskedToEstimate = 128;

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
            var found = 0;
            var entry = core.Graph.Entry;
            if (core.Slots.Count > (long)SlotsScannedPerPlace * ef && entry != LinkTable.None)
            {
                var share = ShareWorthAWalk(neighbors.Length, ef, filter);
                var width = ef;
                if (share >= LeastShareOfAll)
                {
                    found = WalkAll(query, neighbors, entry, (int)(ef / share), filter, scratch);
                    width = WidthElsewhere * ef;
                }

                if (share > 0 && found < neighbors.Length && !filter.AcceptsAll)
                {
                    found = WalkMatching(query, neighbors, entry, width, filter, scratch);
                }
            }

            return found == neighbors.Length ? found : Scan(query, neighbors, filter, scratch);
        }
        finally
        {
            core.Pool.Return(scratch);
        }
    }

    /// <summary>The share of the items that match, or 0 if a scan of these is cheaper than a walk, or finds more.</summary>
    private double ShareWorthAWalk(int wanted, int ef, KeyFilter filter)
    {
        if (filter.AcceptsAll)
        {
            return 1;
        }

        var count = core.Slots.Count;
        var matches = EstimateMatches(filter);
        var share = Math.Min(1, matches / count);
        return matches >= wanted && CostOfWalk(share, ef) <= CostOfScan(matches, count, filter) ? share : 0;
    }

    // The beam is so wide that it holds as many matching slots as one without a filter, unless what matches lies elsewhere.
    private int WalkAll(ReadOnlySpan<float> query, Span<Neighbor> neighbors, int entry, int ef, KeyFilter filter, WalkScratch scratch)
    {
        var movesEnded = core.Slots.MovesEnded;
        var starts = core.Walk.Descend(entry, lowest: 1, ef / GraphWalk.SearchBeamPart, scratch);
        var squaredLength = Quantizer.Survey(query).Squares;
        if (core.Slots.Removed == 0)
        {
            core.Crowd.Run(starts, level: 0, ef, default(AllSlots), scratch, squaredLength);
        }
        else
        {
            core.Crowd.Run(starts, level: 0, ef, new MatchingSlots(core.Slots, default), scratch, squaredLength);
        }

        return Rank(query, neighbors, filter, movesEnded, scratch);
    }

    private int WalkMatching(
        ReadOnlySpan<float> query, Span<Neighbor> neighbors, int entry, int ef, KeyFilter filter, WalkScratch scratch)
    {
        var movesEnded = core.Slots.MovesEnded;
        core.Matching.Run(entry, ef, filter, scratch);
        return Rank(query, neighbors, filter, movesEnded, scratch);
    }

    // In slots that are compared one after another.
    private static double CostOfScan(double matches, int count, KeyFilter filter) =>
        matches + (filter.Predicate is null ? 0 : count / PredicatesPerSlot);

    // For each place in the beam, a walk among the matching slots compares as many as a slot has links, and looks at so many that it finds
    // these: at no more than the links of all links.
    private double CostOfWalk(double share, int ef)
    {
        var links = core.Graph.MaxLinks(level: 0);
        var tested = Math.Min(links / Math.Max(share, double.Epsilon), links * (links + 1));
        return ef * (links + (tested / TestsPerSlot));
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

    // Each step of a block fetches the memory that the next one reads: a key by itself would wait for it three times.
    private void OfferKeys(KeySet keys, KeyFilter filter, WalkScratch scratch)
    {
        Span<long> wanted = stackalloc long[ScanBlock];
        Span<int> block = stackalloc int[ScanBlock];
        var reader = new KeySet.Reader(keys);
        scratch.Visited.Reset(core.Slots.SlotCount);
        while (reader.Read(wanted) is var read and > 0)
        {
            foreach (var key in wanted[..read])
            {
                core.Slots.PrefetchSlotOf(key);
            }

            var known = 0;
            foreach (var key in wanted[..read])
            {
                if (core.Slots.TryGetSlot(key, out var slot))
                {
                    core.Slots.Prefetch(slot);
                    block[known++] = slot;
                }
            }

            var count = 0;
            foreach (var slot in scratch.Visited.AddAll(block[..known]))
            {
                block[count] = slot;
                count += core.Slots.Matches(slot, filter) ? 1 : 0;
            }

            OfferBlock(block[..count], scratch);
        }
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
        var left = core.Codes.CandidatesFor(neighbors.Length);
        for (var place = 0; place < beam.Count && (left > 0 || top.Count < neighbors.Length); place++)
        {
            if (place + 1 < beam.Count)
            {
                core.Vectors.Prefetch(beam[place + 1].Slot);
            }

            var slot = beam[place].Slot;
            if (filter.AcceptsAll || core.Slots.Matches(slot, filter))
            {
                left--;
                core.Slots.Offer(slot, core.Vectors.Score(query, slot), filter, ref top);
            }
        }

        return top.Sort();
    }
}
