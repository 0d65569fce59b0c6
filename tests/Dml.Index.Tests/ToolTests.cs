using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index.Tests;

/// <summary>What an index says about itself.</summary>
public class ToolTests
{
    private const int Dimension = 16;

    [Fact]
    public void Validate_counts_what_there_is()
    {
        var core = Fill(500);
        core.Upsert(1000, core.Vectors[3].ToArray());
        var report = new Validation(core).Run();
        Assert.True(report.IsSound);
        Assert.Equal((501, 500, 0, 0, 0), (report.Items, report.LiveSlots, report.RemovedSlots, report.FreeSlots, report.Duplicates));
        var links = new HashSet<(int From, int To)>();
        for (var slot = 0; slot < 500; slot++)
        {
            foreach (var link in core.Graph.Links(slot, 0))
            {
                links.Add((slot, link));
            }
        }

        Assert.Equal(links.Count, report.Links);
        Assert.Equal(links.Count(link => links.Contains((link.To, link.From))), report.SymmetricLinks);
        Assert.Equal(links.CountBy(link => link.To).Max(to => to.Value), report.MostIncoming);
    }

    [Fact]
    public void Validate_finds_a_link_to_the_slot_itself()
    {
        var core = Fill(50);
        SetLinks(core, 7, 0, [7]);
        AssertFault(core, "slot 7 links to itself");
    }

    [Fact]
    public void Validate_finds_a_link_to_a_free_slot()
    {
        var core = Fill(50);
        core.Slots[9].State = SlotState.Free;
        AssertFault(core, "slot 9, which is free");
        AssertFault(core, "the free slot 9 has");
    }

    [Fact]
    public void Validate_finds_a_link_to_a_level_that_is_not_there()
    {
        var core = Fill(500);
        var high = Enumerable.Range(0, 500).First(slot => core.Graph.LevelOf(slot) > 0);
        var low = Enumerable.Range(0, 500).First(slot => core.Graph.LevelOf(slot) == 0);
        core.Slots[low].Level = 1;
        core.Slots[low].FirstUpper = core.Graph.Upper.Append(1);
        SetLinks(core, high, 1, [low]);
        core.Slots[low].Level = 0;
        AssertFault(core, $"slot {high} links on level 1 to slot {low}, which ends at level 0");
    }

    [Fact]
    public void Validate_finds_a_key_that_leads_elsewhere()
    {
        var core = Fill(50);
        core.Slots.Move(20, 30);
        AssertFault(core, "the key 20 is in slot 20, but is looked for in 30");
    }

    [Fact]
    public void Validate_finds_a_slot_that_is_still_being_linked()
    {
        var core = Fill(50);
        core.Slots[11].State = SlotState.Linking;
        AssertFault(core, "slot 11 is still being linked");
    }

    [Fact]
    public void Validate_finds_what_cannot_be_reached_and_copies()
    {
        var core = Fill(500);
        var lost = Enumerable.Range(0, 500).First(slot => core.Graph.LevelOf(slot) == 0 && slot != core.Graph.Entry);
        for (var slot = 0; slot < 500; slot++)
        {
            SetLinks(core, slot, 0, core.Graph.Links(slot, 0).ToArray().Where(link => link != lost).ToArray());
        }

        var report = new Validation(core).Run();
        Assert.False(report.IsSound);
        Assert.True(report.Unreachable >= 1);
        Assert.Equal(report.Unreachable, core.ReconnectLost());
        Assert.True(new Validation(core).Run().IsSound);

        core.Vectors.Set(12, core.Vectors[13].ToArray());
        core.Slots[12].VectorHash = core.Slots[13].VectorHash;
        Assert.Equal(1, new Validation(core).Run().Duplicates);
    }

    [Fact]
    public void Lost_slots_are_linked_in_small_parts_beside_other_writes()
    {
        const int Items = 3000;
        var core = Fill(Items);
        var lost = Enumerable.Range(0, Items).Where(slot => core.Graph.LevelOf(slot) == 0 && slot != core.Graph.Entry).Take(40).ToHashSet();
        for (var slot = 0; slot < Items; slot++)
        {
            SetLinks(core, slot, 0, [.. core.Graph.Links(slot, 0).ToArray().Where(link => !lost.Contains(link))]);
        }

        // Otherwise the next write links them.
        core.Graph.Orphans.Clear();
        var unreachable = new Validation(core).Run().Unreachable;
        Assert.True(unreachable >= lost.Count);
        var random = new Random(7);
        var missing = new LostSlots(core.Graph, core.Slots, core.Builder);
        var parts = 0;
        while (!missing.Link(parts: 1))
        {
            // A part looks at 256 slots; a whole graph would be one part otherwise.
            core.Upsert(Items + parts++, [.. Enumerable.Range(0, Dimension).Select(_ => random.NextSingle() - 0.5f)]);
        }

        Assert.True(parts >= unreachable + (Items / 256), $"{parts} parts");
        Assert.InRange(missing.Count, 1, unreachable);
        Assert.Equal(0, new Validation(core).Run().Unreachable);
    }

    [Theory]
    [InlineData(Metric.InnerProduct)]
    [InlineData(Metric.L2)]
    public void MeasureRecall_is_what_a_loop_over_all_items_finds(Metric metric)
    {
        const int Items = 1500;
        var data = new TestData(Dimension, clusters: 20, seed: 142);
        var index = new HnswIndex(Dimension, metric, new HnswOptions { M = 3, EfConstruction = 8 });
        var items = new Dictionary<long, float[]>();
        for (var key = 0; key < Items; key++)
        {
            index.Upsert(key, items[key] = data.Draw());
        }

        // All items are asked for, so it does not matter which a sample would draw.
        var report = index.MeasureRecall(sample: 10_000, k: 5, efSearch: 6, cancel: TestContext.Current.CancellationToken);
        double[] expected = [.. items.AsParallel().Select(item =>
        {
            Neighbor[] truth = [.. Answers.ByLoop(items, metric, item.Value, 6).Where(hit => hit.Key != item.Key).Take(5)];
            var found = Answers.Of(index, item.Value, 6, new SearchOptions { EfSearch = 6 });
            return found.Count(hit => hit.Key != item.Key && truth.Any(other => other.Key == hit.Key)) / 5.0;
        })];
        TestContext.Current.TestOutputHelper?.WriteLine($"recall@5 {report.Recall:f4}, worst {report.Worst:f2}");
        Assert.Equal((Items, 5, 6), (report.Queries, report.K, report.EfSearch));
        Assert.Equal(expected.Average(), report.Recall, 1e-3);
        Assert.Equal(expected.Min(), report.Worst, 1e-9);
        Assert.True(report.Recall < 1, "a graph this narrow misses something, or nothing is measured");
        Assert.Equal(1, new HnswIndex(2, metric).MeasureRecall(cancel: TestContext.Current.CancellationToken).Recall);
        Assert.Equal(100, index.MeasureRecall(100, cancel: TestContext.Current.CancellationToken).Queries);
    }

    [Fact]
    public void Memory_adds_up_and_follows_what_is_added()
    {
        var data = new TestData(384, clusters: 5, seed: 143);
        var index = new HnswIndex(384, Metric.InnerProduct, new HnswOptions { EfConstruction = 8 });
        Assert.Equal(0, index.Memory().Vectors + index.Memory().Codes + index.Memory().Links);
        for (var thousand = 1; thousand <= 3; thousand++)
        {
            index.UpsertMany(
                Enumerable.Range(1000 * thousand, 1000).Select(key => (long)key).ToArray(),
                Vectors.Flat(data.Draw(1000, sorted: false)),
                cancel: TestContext.Current.CancellationToken);
            var memory = index.Memory();
            var items = 1000 * thousand;
            Assert.Equal(items * 384L * 4, memory.Vectors);
            Assert.Equal(0, memory.MappedVectors);
            Assert.Equal(items * 400L, memory.Codes);
            Assert.InRange(memory.Links, items * 132L, items * 145L);
            Assert.InRange(memory.Keys, items * 36L, items * 90L);
            Assert.Equal(memory.Vectors + memory.Codes + memory.Links + memory.Keys, memory.Total);
            Assert.Equal(memory.Total, index.MemoryBytes);
        }
    }

    private static void SetLinks(HnswCore core, int slot, int level, int[] links)
    {
        lock (core.Graph.LockOf(slot))
        {
            core.Graph.SetLinks(slot, level, links);
        }
    }

    private static HnswCore Fill(int items)
    {
        var data = new TestData(Dimension, clusters: 5, seed: 141);
        var core = new HnswCore(new HnswOptions { M = 6, EfConstruction = 30 }, new VectorStore(Dimension, Metric.L2));
        for (var key = 0; key < items; key++)
        {
            core.Upsert(key, data.Draw());
        }

        Assert.True(new Validation(core).Run().IsSound);
        return core;
    }

    private static void AssertFault(HnswCore core, string expected)
    {
        var report = new Validation(core).Run();
        Assert.False(report.IsSound);
        Assert.Contains(report.Faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }
}
