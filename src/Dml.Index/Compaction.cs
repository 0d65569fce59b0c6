using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>Copies a core in which no slot is removed into a new one without free slots.</summary>
internal static class Compaction
{
    public static HnswCore Run(HnswCore old)
    {
        var core = new HnswCore(old.Options, new VectorStore(old.Vectors.Dimension, old.Vectors.Metric));
        var order = Order(old);
        var numbers = new int[old.Slots.SlotCount];
        Array.Fill(numbers, LinkTable.None);
        for (var slot = 0; slot < order.Length; slot++)
        {
            numbers[order[slot]] = slot;
        }

        core.Slots.Fill(old.Slots.Copy().Renumber(order, numbers));
        core.Graph.MakeRows();
        for (var slot = 0; slot < order.Length; slot++)
        {
            core.Vectors.Set(slot, old.Vectors[order[slot]]);
            core.Codes.Set(slot, core.Vectors[slot]);
        }

        core.Duplicates.AddAll();

        for (var slot = 0; slot < order.Length; slot++)
        {
            for (var level = 0; level <= core.Graph.LevelOf(slot); level++)
            {
                CopyLinks(old.Graph.Links(order[slot], level), core.Graph, slot, level, numbers);
            }
        }

        lock (core.Graph.EntryLock)
        {
            core.Graph.Entry = old.Graph.Entry == LinkTable.None ? LinkTable.None : numbers[old.Graph.Entry];
        }

        core.Graph.FindParents();

        return core;
    }

    // Neighbors with close numbers share pages and are fetched together. Slots that no link leads to come last.
    private static int[] Order(HnswCore core)
    {
        var order = new List<int>();
        var reach = new GraphReach(core.Graph, core.Slots);
        if (core.Graph.Entry != LinkTable.None)
        {
            reach.SpreadFrom(core.Graph.Entry);
        }

        order.AddRange(reach.Order.Where(core.Slots.IsLive));
        order.AddRange(Enumerable.Range(0, core.Slots.SlotCount).Where(slot => core.Slots.IsLive(slot) && !reach.Contains(slot)));
        return [.. order];
    }

    private static void CopyLinks(ReadOnlySpan<int> old, HnswGraph graph, int slot, int level, int[] numbers)
    {
        Span<int> links = stackalloc int[old.Length];
        var count = 0;
        foreach (var link in old)
        {
            if (numbers[link] != LinkTable.None)
            {
                links[count++] = numbers[link];
            }
        }

        lock (graph.LockOf(slot))
        {
            graph.SetLinks(slot, level, links[..count]);
        }
    }
}
