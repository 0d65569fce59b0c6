using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>Measures recall: finds the neighbors of some items by a search and by comparing with every item.</summary>
internal static class RecallMeasurement
{
    public static RecallReport Run(HnswCore core, int sample, int k, int ef, int seed, CancellationToken cancel)
    {
        var queries = Sample(core, sample, seed);
        var recalls = new double[queries.Length];
        var options = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, queries.Length, options, i => recalls[i] = RecallOf(core, queries[i], k, ef));
        return new RecallReport
        {
            Queries = queries.Length,
            K = k,
            EfSearch = ef,
            Recall = recalls.Length > 0 ? recalls.Average() : 1,
            Worst = recalls.Length > 0 ? recalls.Min() : 1,
        };
    }

    private static int[] Sample(HnswCore core, int sample, int seed)
    {
        int[] live = [.. Enumerable.Range(0, core.Slots.SlotCount).Where(core.Slots.IsLive)];
        new Random(seed).Shuffle(live);
        return live[..Math.Min(sample, live.Length)];
    }

    // The item itself would be its own best hit and raise the figure, so one more hit is requested and the item is left out.
    private static double RecallOf(HnswCore core, int slot, int k, int ef)
    {
        var query = core.Vectors[slot];
        var self = core.Slots[slot].Key;
        var exact = new Neighbor[k + 1];
        exact = exact[..ExactScan.Run(core.Vectors, core.Slots, query, default, exact)];
        exact = Array.FindAll(exact, neighbor => neighbor.Key != self);
        exact = exact[..Math.Min(k, exact.Length)];
        if (exact.Length == 0)
        {
            return 1;
        }

        var found = new Neighbor[k + 1];
        found = found[..core.Search.Run(query, found, Math.Max(ef, k + 1), default)];
        var hits = found.Count(neighbor => neighbor.Key != self && neighbor.Score >= exact[^1].Score);
        return Math.Min(hits, exact.Length) / (double)exact.Length;
    }
}
