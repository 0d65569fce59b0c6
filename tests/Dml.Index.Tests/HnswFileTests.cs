using Dml.Index.Files;
using Dml.Index.Storage;
using Dml.Tests.Shared;

namespace Dml.Index.Tests;

/// <summary>What a graph index keeps in a file, where the vectors may stay in it, and how it is saved while it lives on.</summary>
public sealed class HnswFileTests : IDisposable
{
    private const int Dimension = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("dml-index-").FullName;

    public static MatrixTheoryData<VectorCode, VectorPlace> Cases => new(Enum.GetValues<VectorCode>(), Enum.GetValues<VectorPlace>());

    private string FilePath => Path.Combine(_folder, "index.dml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Everything_comes_back_and_life_goes_on_without_touching_the_file(VectorCode code, VectorPlace place)
    {
        var data = new TestData(Dimension, clusters: 20, seed: 151);
        var items = new Dictionary<long, float[]>();
        var saved = new HnswIndex(Dimension, Metric.L2, new HnswOptions { M = 8, EfConstruction = 40, EfSearch = 16, Code = code });
        for (long key = 0; key < 2500; key++)
        {
            saved.Upsert(key, items[key] = data.Draw());
        }

        // Free slots, removed ones that wait, and shared ones.
        for (long key = 0; key < 600; key++)
        {
            saved.Remove(key);
            items.Remove(key);
        }

        for (long key = 5000; key < 5100; key++)
        {
            saved.Upsert(key, items[key] = items[1000 + (key % 10)]);
        }

        var before = saved.Validate();
        Assert.True(before is { RemovedSlots: > 0, FreeSlots: > 0 }, $"{before}");
        saved.Save(FilePath, tag: -3);
        var file = File.ReadAllBytes(FilePath);
        var loaded = HnswIndex.Load(FilePath, place);
        Assert.Equal(-3, loaded.Tag);
        Assert.Equal(saved.Options, loaded.Options);
        Assert.Equivalent(before, loaded.Validate());
        AssertHolds(loaded, items);
        for (var i = 0; i < 100; i++)
        {
            var query = data.Draw();
            Assert.Equal(Answers.Of(saved, query, 10), Answers.Of(loaded, query, 10));
        }

        // Slots in the file are reused, new ones added, shared ones left.
        for (long key = 900; key < 3500; key += 2)
        {
            loaded.Upsert(key, items[key] = data.Draw());
            Assert.Equal(items.Remove(key - 1), loaded.Remove(key - 1));
        }

        AssertHolds(loaded, items);
        Assert.True(loaded.Validate().IsSound);
        Assert.True(file.AsSpan().SequenceEqual(File.ReadAllBytes(FilePath)), "the file was written to");

        // The next save goes over the file that is mapped.
        loaded.Save(FilePath, tag: 4);
        AssertHolds(HnswIndex.Load(FilePath, place), items);
        AssertHolds(loaded, items);
        loaded.Compact();
        AssertHolds(loaded, items);
        Assert.True(loaded.Validate().IsSound);
    }

    [Fact]
    public void Links_of_items_that_were_added_at_the_same_time_come_back_to_their_own_slots()
    {
        // With two links an item, every other one is on more levels than one.
        var data = new TestData(Dimension, clusters: 5, seed: 156);
        var saved = new HnswIndex(Dimension, Metric.L2, new HnswOptions { M = 2, EfConstruction = 8, EfSearch = 4 });
        saved.UpsertMany(
            Vectors.Keys(4000),
            Vectors.Flat(data.Draw(4000, sorted: false)),
            threads: 4,
            cancel: TestContext.Current.CancellationToken);
        saved.Save(FilePath);
        var loaded = HnswIndex.Load(FilePath);
        Assert.Equivalent(saved.Validate(), loaded.Validate());
        for (var i = 0; i < 300; i++)
        {
            var query = data.Draw();
            Assert.Equal(Answers.Of(saved, query, 4), Answers.Of(loaded, query, 4));
        }
    }

    [Fact]
    public void Mapped_vectors_take_no_memory_but_count()
    {
        var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { EfConstruction = 10 });
        index.UpsertMany(
            Vectors.Keys(1000),
            Vectors.Flat(new TestData(Dimension, clusters: 5, seed: 152).Draw(1000, sorted: false)),
            cancel: TestContext.Current.CancellationToken);
        index.Save(FilePath);
        var mapped = HnswIndex.Load(FilePath).Memory();
        var memory = HnswIndex.Load(FilePath, VectorPlace.Memory).Memory();
        Assert.Equal((0, 1000 * Dimension * 4), (mapped.Vectors, mapped.MappedVectors));
        Assert.Equal((index.Memory().Vectors, 0), (memory.Vectors, memory.MappedVectors));
        Assert.Equal((memory.Codes, memory.Links), (mapped.Codes, mapped.Links));

        var items = Vectors.Keys(1000).ToDictionary(key => key, key => VectorOf(index, key));
        index.Save(FilePath, vectors: VectorPlace.File);
        Assert.Equal((0, 1000 * Dimension * 4), (index.Memory().Vectors, index.Memory().MappedVectors));
        AssertHolds(index, items);
        AssertHolds(HnswIndex.Load(FilePath), items);
    }

    [Fact]
    public void Vectors_are_not_read_from_another_file_of_that_name()
    {
        var data = new TestData(Dimension, clusters: 5, seed: 157);
        var index = new HnswIndex(Dimension, Metric.L2);
        var core = new HnswCore(new HnswOptions(), new VectorStore(Dimension, Metric.L2));
        for (long key = 0; key < 50; key++)
        {
            index.Upsert(key, data.Draw());
            core.Upsert(key, data.Draw());
        }

        var file = new HnswFile(core);
        var digest = IndexFileWriter.Save(FilePath, IndexFormat.HnswKind, Dimension, Metric.L2, tag: 0, file.Write);
        index.Save(FilePath);
        Assert.False(file.TryMapVectors(FilePath, digest));
        Assert.Equal(0, core.Vectors.Mapped);

        digest = IndexFileWriter.Save(FilePath, IndexFormat.HnswKind, Dimension, Metric.L2, tag: 0, file.Write);
        Assert.True(file.TryMapVectors(FilePath, digest));
        Assert.Equal(50, core.Vectors.Mapped);
    }

    [Fact]
    public void An_index_that_is_let_go_lets_go_of_its_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells what is mapped");
        var index = new HnswIndex(Dimension, Metric.L2);
        index.Upsert(1, new TestData(Dimension, clusters: 1, seed: 153).Draw());
        index.Save(FilePath);
        Search();
        for (var i = 0; i < 10 && Mappings() > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(0, Mappings());

        // In a method of its own, so that nothing here still refers to it.
        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void Search()
        {
            var loaded = HnswIndex.Load(FilePath);
            Assert.Single(Answers.Of(loaded, new float[Dimension], 3));
            Assert.True(Mappings() > 0);
            GC.KeepAlive(loaded);
        }

        int Mappings() => File.ReadLines("/proc/self/maps").Count(line => line.Contains(FilePath, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(VectorCode.Int8, 30, VectorPlace.Memory)]
    [InlineData(VectorCode.Float32, 2000, VectorPlace.Memory)]
    [InlineData(VectorCode.Int8, 30, VectorPlace.File)]
    [InlineData(VectorCode.Float32, 2000, VectorPlace.File)]
    public async Task Files_saved_while_items_come_and_go_hold_what_was_there(VectorCode code, int keys, VectorPlace place)
    {
        var cancel = TestContext.Current.CancellationToken;
        var vectors = new TestData(Dimension, clusters: 10, seed: 154).Draw(500, sorted: false);
        var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { M = 6, EfConstruction = 20, Code = code });

        // Keys below zero are added once and never removed; each holds the vector that its key names.
        long acknowledged = 0;
        var done = false;
        var adder = Task.Run(
            () =>
            {
                for (long key = 1; !Volatile.Read(ref done) && key < 4000; key++)
                {
                    index.Upsert(-key, Named(-key));
                    Volatile.Write(ref acknowledged, key);
                }
            },
            cancel);
        var churn = Task.Run(
            () =>
            {
                var random = new Random(155);
                while (!Volatile.Read(ref done))
                {
                    long key = random.Next(keys);
                    if (!index.Remove(key))
                    {
                        index.Upsert(key, Named(key));
                    }
                }
            },
            cancel);
        var reader = Task.Run(
            () =>
            {
                for (var i = 0; !Volatile.Read(ref done); i++)
                {
                    Answers.Of(index, vectors[i % vectors.Length], 5);
                }
            },
            cancel);
        var vector = new float[Dimension];
        for (var save = 0; save < 12; save++)
        {
            var before = Volatile.Read(ref acknowledged);
            index.Save(FilePath, save, place);
            var after = Volatile.Read(ref acknowledged);
            for (var key = -after; key < keys; key++)
            {
                if (index.TryGetVector(key, vector))
                {
                    Assert.Equal(Named(key), vector);
                }
            }

            var loaded = HnswIndex.Load(FilePath, save % 2 == 0 ? VectorPlace.File : VectorPlace.Memory);
            Assert.Equal(save, loaded.Tag);
            var report = loaded.Validate();
            Assert.Empty(report.Faults);
            Assert.Equal(0, report.Unreachable);
            var held = 0;
            for (var key = -after - 1; key < keys; key++)
            {
                if (loaded.TryGetVector(key, vector))
                {
                    held++;
                    Assert.True(vector.AsSpan().SequenceEqual(Named(key)), $"the key {key} has another vector in file {save}");
                }
                else
                {
                    Assert.False(key < 0 && key >= -before, $"the key {key} was there before save {save}");
                }
            }

            Assert.Equal(loaded.Count, held);
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll(adder, churn, reader).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        Assert.True(index.Validate().IsSound);
        Assert.Equal([FilePath], Directory.GetFiles(_folder));

        float[] Named(long key)
        {
            float[] named = [.. vectors[Math.Abs(key) % vectors.Length]];
            named[0] += key / 1000f;
            return named;
        }
    }

    private static float[] VectorOf(HnswIndex index, long key)
    {
        var vector = new float[Dimension];
        Assert.True(index.TryGetVector(key, vector));
        return vector;
    }

    private static void AssertHolds(HnswIndex index, Dictionary<long, float[]> items)
    {
        Assert.Equal(items.Count, index.Count);
        var vector = new float[Dimension];
        foreach ((var key, var expected) in items)
        {
            Assert.True(index.TryGetVector(key, vector), $"the key {key} is missing");
            Assert.Equal(expected, vector);
        }

        Assert.Equal(items.Keys.Order(), Answers.Of(index, vector, items.Count + 1).Select(hit => hit.Key).Order());
    }
}
