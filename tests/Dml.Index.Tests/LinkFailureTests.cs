using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Tests;

/// <summary>A write that fails while it links its slot, as when memory runs out, harms no other item and no later write.</summary>
public class LinkFailureTests
{
    private const int Dimension = 8;
    private const int Items = 200;

    private readonly float[][] _vectors = new TestData(Dimension, clusters: 5, seed: 151).Draw(Items + 1, sorted: false);
    private readonly FailingCodes _codes;
    private readonly HnswCore _core;
    private readonly HnswIndex _index;

    public LinkFailureTests()
    {
        var options = new HnswOptions { M = 6, EfConstruction = 30 };
        var vectors = new VectorStore(Dimension, Metric.L2);
        _codes = new FailingCodes(VectorCodeTable.Create(options.Code, vectors));
        _core = new HnswCore(options, vectors, _codes);
        _index = new HnswIndex(_core);
        for (var key = 0; key < Items; key++)
        {
            _index.Upsert(key, _vectors[key]);
        }
    }

    private float[] Fresh => _vectors[Items];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_failed_write_adds_nothing_and_may_be_repeated(int step)
    {
        FailAt(step);
        Assert.Throws<InsufficientMemoryException>(() => _index.Upsert(1000, Fresh));
        Assert.False(_index.Contains(1000));
        Assert.Equal((Items, Items, 1), Counts());
        Assert.Empty(_index.Validate().Faults);
        Assert.DoesNotContain(Answers.Of(_index, Fresh, Items), hit => hit.Key == 1000);

        await Bounded(() => _index.Upsert(1000, Fresh));
        await Bounded(() => _index.Upsert(1001, Fresh));
        Assert.Equal([1000, 1001], Answers.Of(_index, Fresh, 2).Select(hit => hit.Key));
        await RemoveAllAndFree();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_that_fails_before_it_links_uses_up_no_slot(bool isForRoom)
    {
        var slots = _core.Slots.SlotCount;
        for (var i = 0; i < 3; i++)
        {
            if (isForRoom)
            {
                _codes.OnRows = () => throw new InsufficientMemoryException();
            }
            else
            {
                _codes.OnSet = _ => throw new InsufficientMemoryException();
            }

            Assert.Throws<InsufficientMemoryException>(() => _index.Upsert(1000, Fresh));
            Assert.Throws<InsufficientMemoryException>(() => _index.Upsert(3, Fresh));
            (_codes.OnRows, _codes.OnSet) = (() => { }, _ => { });
            Assert.Equal((Items, Items, 0), Counts());
            Assert.InRange(_core.Slots.SlotCount, slots, slots + (isForRoom ? 0 : 1));
            Assert.True(_index.Validate().IsSound);
        }

        // It can be saved in between.
        var path = Path.Combine(Path.GetTempPath(), $"dml-{Guid.NewGuid():N}.hnsw");
        try
        {
            _index.Save(path, 0);
            Assert.Equal(Items, HnswIndex.Load(path).Count);
        }
        finally
        {
            File.Delete(path);
        }

        await Bounded(() => _index.Upsert(1000, Fresh));
        await Bounded(() => _index.Upsert(1001, Fresh));
        Assert.Equal(slots + 1, _core.Slots.SlotCount);
        Assert.Equal([1000, 1001], Answers.Of(_index, Fresh, 2).Select(hit => hit.Key));
        Assert.True(_index.Validate().IsSound);
    }

    [Fact]
    public async Task A_failed_update_leaves_the_item_as_it_was()
    {
        FailAt(1);
        Assert.Throws<InsufficientMemoryException>(() => _index.Upsert(3, Fresh));
        Assert.Equal(_core.Slots.MovesBegun, _core.Slots.MovesEnded);
        Assert.Equal((Items, Items, 1), Counts());
        Assert.Equal(3, Answers.Of(_index, _vectors[3], 1)[0].Key);
        var kept = new float[Dimension];
        Assert.True(_index.TryGetVector(3, kept));
        Assert.Equal(_vectors[3], kept);

        await Bounded(() => _index.Upsert(3, Fresh));
        Assert.Equal(3, Answers.Of(_index, Fresh, 1)[0].Key);
        await RemoveAllAndFree();
    }

    [Fact]
    public async Task Writers_of_an_equal_vector_that_wait_for_a_failing_one_link_it_themselves()
    {
        using var linking = new ManualResetEventSlim();
        using var fail = new ManualResetEventSlim();
        var slot = _core.Slots.SlotCount;
        _codes.OnLink = prepared =>
        {
            if (prepared == slot && !linking.IsSet)
            {
                linking.Set();
                fail.Wait(TestContext.Current.CancellationToken);
                throw new InsufficientMemoryException();
            }
        };
        var failing = Task.Run(() => _index.Upsert(1000, Fresh), TestContext.Current.CancellationToken);
        linking.Wait(TestContext.Current.CancellationToken);
        Task[] waiting = [Bounded(() => _index.Upsert(1001, Fresh)), Bounded(() => _index.Upsert(3, Fresh))];
        Assert.True(
            SpinWait.SpinUntil(() => _core.Slots.SharersOf(slot).Length == 2, TimeSpan.FromSeconds(30)),
            "no writer is waiting for the slot");
        Assert.All(waiting, task => Assert.False(task.IsCompleted));

        fail.Set();
        await Assert.ThrowsAsync<InsufficientMemoryException>(() => failing);
        await Task.WhenAll(waiting);
        Assert.False(_index.Contains(1000));
        Assert.Equal([3, 1001], Answers.Of(_index, Fresh, 2).Select(hit => hit.Key));
        Assert.Empty(_index.Validate().Faults);
        Assert.Equal(0, _index.Validate().Duplicates);
        await RemoveAllAndFree();
    }

    private void FailAt(int step)
    {
        var steps = 0;
        _codes.OnLink = _ =>
        {
            if (++steps == step)
            {
                _codes.OnLink = _ => { };
                throw new InsufficientMemoryException();
            }
        };
    }

    private (int Items, int Live, int Removed) Counts()
    {
        var report = _index.Validate();
        return (report.Items, report.LiveSlots, report.RemovedSlots);
    }

    // Sweeps over the abandoned slot as well, and fills every slot again.
    private async Task RemoveAllAndFree()
    {
        _codes.OnLink = _ => { };
        await Bounded(() =>
        {
            foreach (var hit in Answers.Of(_index, Fresh, Items + 2))
            {
                Assert.True(_index.Remove(hit.Key));
            }

            for (var key = 0; key <= Items; key++)
            {
                _index.Upsert(key, _vectors[key]);
            }
        });
        Assert.True(_index.Validate().IsSound);
        Assert.Equal(Items + 1, _index.Count);
        Assert.Equal(Items, Answers.Of(_index, Fresh, 1)[0].Key);
        _index.Compact();
        Assert.True(_index.Validate().IsSound);
        Assert.Equal(0, _index.Validate().RemovedSlots);
    }

    // A writer that waits for ever must fail the test, not hang it.
    private static Task Bounded(Action write) => Task.Run(write).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
}
