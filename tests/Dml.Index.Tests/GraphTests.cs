using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index.Tests;

/// <summary>The graph itself: bounds, no link to what is gone, a way to every item.</summary>
public class GraphTests
{
    [Theory]
    [InlineData(0.5f)]
    [InlineData(0.01f)]
    public void Links_stay_sound_and_every_item_stays_in_reach(float spread)
    {
        var data = new TestData(16, clusters: 30, seed: 21, spread);
        var options = new HnswOptions { M = 6, EfConstruction = 40 };
        var vectors = new VectorStore(16, Metric.InnerProduct);
        var slots = new SlotTable();
        var graph = new HnswGraph(options);
        var builder = new GraphBuilder(graph, slots, vectors, options.EfConstruction, new ScratchPool());
        var repair = new GraphRepair(graph, slots, vectors, builder);
        var random = new Random(22);
        var keys = new List<long>();
        for (int step = 0; step < 6000; step++)
        {
            bool grow = step < 1500 || (step < 4500 ? random.Next(2) == 0 : random.Next(10) == 0);
            if (grow)
            {
                int slot = slots.Add(step);
                vectors.Set(slot, data.Draw(step * 30 / 6000));
                graph.EnsureSlot(slot);
                builder.Link(slot);
                keys.Add(step);
            }
            else if (keys.Count > 0)
            {
                int at = random.Next(keys.Count);
                Assert.True(slots.Remove(keys[at], out int slot));
                keys.RemoveAt(at);
                repair.Add(slot);
            }

            repair.Advance();
            if (step % 500 == 499)
            {
                Check(graph, slots);
            }
        }
    }

    private static void Check(HnswGraph graph, SlotTable slots)
    {
        var incoming = new Dictionary<(int Slot, int Level), int>();
        for (int slot = 0; slot < slots.SlotCount; slot++)
        {
            for (int level = 0; level <= graph.LevelOf(slot); level++)
            {
                int[] links = graph.Links(slot, level).ToArray();
                Assert.True(links.Length <= graph.MaxLinks(level));
                Assert.Equal(links.Length, links.Distinct().Count());
                Assert.DoesNotContain(slot, links);
                Assert.True(links.Length == 0 || slots.StateOf(slot) != SlotState.Free, "a free slot has links");
                foreach (int link in links)
                {
                    Assert.True(graph.LevelOf(link) >= level);
                    Assert.NotEqual(SlotState.Free, slots.StateOf(link));
                    incoming[(link, level)] = incoming.GetValueOrDefault((link, level)) + 1;
                }
            }
        }

        for (int slot = 0; slot < slots.SlotCount; slot++)
        {
            for (int level = 0; level <= graph.LevelOf(slot); level++)
            {
                Assert.Equal(incoming.GetValueOrDefault((slot, level)), graph.Incoming(slot, level));
            }
        }

        int unreached = Unreached(graph, slots);
        TestContext.Current.TestOutputHelper?.WriteLine($"{unreached} of {slots.Count} items out of reach");
        Assert.True(unreached <= slots.Count / 100, $"{unreached} of {slots.Count} items cannot be reached");
    }

    // As a search goes: whatever can be reached above is a start on the level below.
    private static int Unreached(HnswGraph graph, SlotTable slots)
    {
        var reached = new HashSet<int> { graph.Entry };
        for (int level = graph.LevelOf(graph.Entry); level >= 0; level--)
        {
            var open = new Stack<int>(reached);
            while (open.TryPop(out int slot))
            {
                foreach (int link in graph.Links(slot, level))
                {
                    if (reached.Add(link))
                    {
                        open.Push(link);
                    }
                }
            }
        }

        return Enumerable.Range(0, slots.SlotCount).Count(slot => slots.IsLive(slot) && !reached.Contains(slot));
    }
}
