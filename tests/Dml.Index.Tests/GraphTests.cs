using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index.Tests;

/// <summary>The graph itself: bounds, no link to what is gone, a way to every item.</summary>
public class GraphTests
{
    [Theory]
    [InlineData(0.5f, VectorCode.Int8)]
    [InlineData(0.01f, VectorCode.Int8)]
    [InlineData(0.5f, VectorCode.Int4)]
    [InlineData(0.05f, VectorCode.Float32)]
    public void Links_stay_sound_and_every_item_stays_in_reach(float spread, VectorCode code)
    {
        var data = new TestData(16, clusters: 30, seed: 21, spread);
        var core = new HnswCore(
            new HnswOptions { M = 6, EfConstruction = 40, Code = code }, new VectorStore(16, Metric.InnerProduct));
        var random = new Random(22);
        var keys = new List<long>();
        for (var step = 0; step < 6000; step++)
        {
            var grow = step < 1500 || (step < 4500 ? random.Next(2) == 0 : random.Next(10) == 0);
            if (grow)
            {
                core.Upsert(step, data.Draw(step * 30 / 6000));
                keys.Add(step);
            }
            else if (keys.Count > 0)
            {
                var at = random.Next(keys.Count);
                Assert.True(core.Remove(keys[at]));
                keys.RemoveAt(at);
            }

            if (step % 500 == 499)
            {
                Check(core.Graph, core.Slots);
                var report = new Validation(core).Run();
                Assert.Equal(Unreached(core.Graph, core.Slots), report.Unreachable);
                Assert.Empty(report.Faults);
            }
        }
    }

    // A sweep bends links over many writes and looks for what it has cut off at its end. With the links of the defaults it
    // cuts nothing off; with M = 4 and a beam of 10, something is out of reach a third of the time.
    [Fact]
    public void While_items_move_nothing_is_out_of_reach()
    {
        const int Items = 2000;
        var data = new TestData(32, clusters: 40, seed: 23, spread: 0.4f);
        var core = new HnswCore(new HnswOptions { EfConstruction = 100 }, new VectorStore(32, Metric.InnerProduct));
        var random = new Random(24);
        for (var key = 0; key < Items; key++)
        {
            core.Upsert(key, data.Draw());
        }

        for (var step = 0; step < 2000; step++)
        {
            core.Upsert((Items / 2) + random.Next(Items / 2), data.Draw());
            if (step % 10 == 0)
            {
                Assert.Equal(0, Unreached(core.Graph, core.Slots));
            }
        }
    }

    [Fact]
    public void Every_slot_has_the_level_that_its_number_draws_and_one_in_m_goes_higher()
    {
        const int Items = 20_000;
        var slots = new SlotTable();
        var graph = new HnswGraph(new HnswOptions { M = 8, Seed = 5 }, slots);
        var again = new HnswGraph(new HnswOptions { M = 8, Seed = 5 }, slots);
        var above = new int[32];
        for (var i = 0; i < Items; i++)
        {
            var slot = slots.Take(i, 0, graph.AddRows);
            var level = graph.LevelOf(slot);
            again.AddRows(slot);
            Assert.Equal(level, again.LevelOf(slot));
            for (var l = 0; l <= level; l++)
            {
                above[l]++;
            }
        }

        // Binomial: five standard deviations.
        for (var level = 1; level <= 3; level++)
        {
            var share = Math.Pow(8, -level);
            Assert.Equal(Items * share, above[level], 5 * Math.Sqrt(Items * share));
        }
    }

    private static void Check(HnswGraph graph, SlotTable slots)
    {
        var incoming = new Dictionary<(int Slot, int Level), int>();
        for (var slot = 0; slot < slots.SlotCount; slot++)
        {
            for (var level = 0; level <= graph.LevelOf(slot); level++)
            {
                var links = graph.Links(slot, level).ToArray();
                Assert.True(links.Length <= graph.MaxLinks(level));
                Assert.Equal(links.Length, links.Distinct().Count());
                Assert.DoesNotContain(slot, links);
                Assert.True(links.Length == 0 || slots.StateOf(slot) != SlotState.Free, "a free slot has links");
                foreach (var link in links)
                {
                    Assert.True(graph.LevelOf(link) >= level);
                    Assert.NotEqual(SlotState.Free, slots.StateOf(link));
                    incoming[(link, level)] = incoming.GetValueOrDefault((link, level)) + 1;
                }
            }
        }

        for (var slot = 0; slot < slots.SlotCount; slot++)
        {
            for (var level = 0; level <= graph.LevelOf(slot); level++)
            {
                Assert.Equal(incoming.GetValueOrDefault((slot, level)), graph.Incoming(slot, level));
            }
        }

        var unreached = Unreached(graph, slots);
        TestContext.Current.TestOutputHelper?.WriteLine($"{unreached} of {slots.Count} items out of reach");
        Assert.True(unreached <= slots.Count / 100, $"{unreached} of {slots.Count} items cannot be reached");
    }

    // As a search goes: whatever can be reached above is a start on the level below.
    private static int Unreached(HnswGraph graph, SlotTable slots)
    {
        var reached = new HashSet<int> { graph.Entry };
        for (var level = graph.LevelOf(graph.Entry); level >= 0; level--)
        {
            var open = new Stack<int>(reached.Where(slot => graph.LevelOf(slot) >= level));
            while (open.TryPop(out var slot))
            {
                foreach (var link in graph.Links(slot, level))
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
