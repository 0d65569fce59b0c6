using Dml.Index.Files;

namespace Dml.Index.Tests;

public sealed class IndexFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dml-index-").FullName;

    public static MatrixTheoryData<string, Metric> Cases => BothIndexes.Cases;

    private string FilePath => Path.Combine(_folder, "index.dml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_loaded_index_answers_as_the_saved_one_and_goes_on_the_same_way(string name, Metric metric)
    {
        var data = new TestData(12, clusters: 10, seed: 51);
        var saved = BothIndexes.Makers[name](12, metric);
        for (var key = 0; key < 1200; key++)
        {
            saved.Upsert(key, data.Draw());
        }

        for (var key = 0; key < 1200; key += 5)
        {
            saved.Remove(key);
        }

        saved.Save(FilePath, tag: 1234567890123);
        var loaded = BothIndexes.Load(name, FilePath);
        Assert.Equal(1234567890123, BothIndexes.TagOf(loaded));
        Assert.Equal((saved.Dimension, saved.Metric, saved.Count), (loaded.Dimension, loaded.Metric, loaded.Count));
        AssertSameAnswers();

        for (var key = 0; key < 1200; key += 3)
        {
            var vector = data.Draw();
            saved.Upsert(key, vector);
            loaded.Upsert(key, vector);
            Assert.Equal(saved.Remove(key + 1), loaded.Remove(key + 1));
        }

        Assert.Equal(saved.Count, loaded.Count);
        var query = data.Draw();
        Answers.AssertSame(
            Answers.Of(saved, query, 10, new SearchOptions { EfSearch = 1000 }),
            Answers.Of(loaded, query, 10, new SearchOptions { EfSearch = 1000 }));

        void AssertSameAnswers()
        {
            for (var i = 0; i < 50; i++)
            {
                var query = data.Draw();
                Assert.Equal(Answers.Of(saved, query, 10), Answers.Of(loaded, query, 10));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_empty_index_can_be_saved(string name, Metric metric)
    {
        BothIndexes.Makers[name](5, metric).Save(FilePath);
        var loaded = BothIndexes.Load(name, FilePath);
        Assert.Equal(0, loaded.Count);
        loaded.Upsert(1, [1, 2, 3, 4, 5]);
        Assert.Single(Answers.Of(loaded, [1, 2, 3, 4, 5], 3));
    }

    [Fact]
    public void Options_come_back_from_the_file()
    {
        var options = new HnswOptions { M = 5, EfConstruction = 33, EfSearch = 44, Seed = -9 };
        new HnswIndex(2, Metric.L2, options).Save(FilePath);
        Assert.Equal(options, HnswIndex.Load(FilePath).Options);
    }

    [Theory]
    [InlineData("exact")]
    [InlineData("hnsw")]
    public void Every_truncation_is_refused(string name)
    {
        var whole = SmallFile(name);
        for (var length = 0; length < whole.Length; length++)
        {
            AssertRefused(name, whole.AsSpan(0, length));
        }

        AssertRefused(name, [.. whole, 0]);
    }

    [Theory]
    [InlineData("exact")]
    [InlineData("hnsw")]
    public void A_flipped_bit_in_any_byte_is_refused(string name)
    {
        var random = new Random(52);
        var whole = SmallFile(name);
        for (var at = 0; at < whole.Length; at++)
        {
            var flip = (byte)(1 << random.Next(8));
            whole[at] ^= flip;
            AssertRefused(name, whole);
            whole[at] ^= flip;
        }

        // The header and the sums in every bit.
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            if (bit < 64 * 8 || bit >= (whole.Length - 64) * 8)
            {
                whole[bit / 8] ^= (byte)(1 << (bit % 8));
                AssertRefused(name, whole);
                whole[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        File.WriteAllBytes(FilePath, whole);
        Assert.Equal(11, BothIndexes.Load(name, FilePath).Count);
    }

    [Theory]
    [InlineData(VectorPlace.File)]
    [InlineData(VectorPlace.Memory)]
    public void A_file_of_many_blocks_is_checked_in_all_of_them(VectorPlace place)
    {
        var data = new TestData(256, clusters: 3, seed: 53);
        var index = new HnswIndex(256, Metric.L2, new HnswOptions { EfConstruction = 4, M = 2 });
        for (var key = 0; key < 3500; key++)
        {
            index.Upsert(key, data.Draw());
        }

        index.Save(FilePath);
        var whole = File.ReadAllBytes(FilePath);
        Assert.True(whole.Length > 4 << 20);
        Assert.Equal(3500, HnswIndex.Load(FilePath, place).Count);
        var random = new Random(54);
        for (var i = 0; i < 60; i++)
        {
            var at = i < 10 ? (i << 19) % whole.Length : random.Next(whole.Length);
            whole[at] ^= 16;
            File.WriteAllBytes(FilePath, whole);
            Assert.Throws<IndexFileException>(() => HnswIndex.Load(FilePath, place));
            whole[at] ^= 16;
            File.WriteAllBytes(FilePath, whole.AsSpan(0, random.Next(whole.Length)));
            Assert.Throws<IndexFileException>(() => HnswIndex.Load(FilePath, place));
        }
    }

    [Fact]
    public void The_refusal_says_what_was_expected_what_came_and_what_to_do()
    {
        var whole = SmallFile("hnsw");
        byte[] newer = [.. whole];
        newer[8] = 99;
        var message = AssertRefused("hnsw", newer);
        Assert.Contains("version 99", message, StringComparison.Ordinal);
        Assert.Contains("reads version 2", message, StringComparison.Ordinal);
        Assert.Contains("built again", message, StringComparison.Ordinal);
        byte[] older = [.. whole];
        older[8] = 1;
        Assert.Contains("version 1, but this program reads version 2", AssertRefused("hnsw", older), StringComparison.Ordinal);
        Assert.Contains("version 1, but this program reads version 2", AssertRefused("exact", older), StringComparison.Ordinal);
        Assert.Contains("begin with 'DMLINDEX'", AssertRefused("hnsw", new byte[200]), StringComparison.Ordinal);
        Assert.Contains("holds an HNSW index, but an exact index was expected", AssertRefused("exact", whole), StringComparison.Ordinal);
        Assert.Contains("cut short or changed", AssertRefused("hnsw", whole.AsSpan(0, whole.Length - 1)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exact")]
    [InlineData("hnsw")]
    public void A_save_that_fails_half_way_leaves_the_earlier_file_and_no_other(string name)
    {
        var index = BothIndexes.Makers[name](2, Metric.L2);
        index.Upsert(1, [1, 2]);
        index.Save(FilePath, 5);
        Assert.Throws<InvalidOperationException>(() => IndexFileWriter.Save(FilePath, IndexFormat.HnswKind, 2, Metric.L2, 6, writer =>
        {
            writer.Write<byte>(new byte[3 << 20]);
            throw new InvalidOperationException("The disk is full.");
        }));
        Assert.Equal([FilePath], Directory.GetFiles(_folder));
        Assert.Equal(5, BothIndexes.TagOf(BothIndexes.Load(name, FilePath)));
        Assert.ThrowsAny<IOException>(() => index.Save(Path.Combine(_folder, "missing", "index.dml")));
        index.Upsert(2, [3, 4]);
        index.Save(FilePath, 7);
        Assert.Equal(2, BothIndexes.Load(name, FilePath).Count);
    }

    [Fact]
    public void A_missing_file_is_no_damaged_file() =>
        Assert.Throws<FileNotFoundException>(() => HnswIndex.Load(FilePath));

    [Fact]
    public void Saving_replaces_the_file_and_leaves_no_other()
    {
        var index = new ExactIndex(2, Metric.L2);
        index.Save(FilePath, 1);
        index.Upsert(1, [1, 2]);
        index.Save(FilePath, 2);
        Assert.Equal(2, ExactIndex.Load(FilePath).Tag);
        Assert.Equal([FilePath], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_save_that_fails_leaves_the_earlier_file_and_no_other()
    {
        var target = Path.Combine(_folder, "taken");
        Directory.CreateDirectory(target);
        Assert.ThrowsAny<Exception>(() => new ExactIndex(2, Metric.L2).Save(target));
        Assert.Equal([target], Directory.GetFileSystemEntries(_folder));
    }

    private byte[] SmallFile(string name)
    {
        var index = BothIndexes.Makers[name](3, Metric.L2);
        for (var key = 0; key < 12; key++)
        {
            index.Upsert(key, [key, key * key % 7, 1]);
        }

        index.Remove(3);
        index.Save(FilePath, 77);
        return File.ReadAllBytes(FilePath);
    }

    private string AssertRefused(string name, ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(FilePath, bytes);
        return Assert.Throws<IndexFileException>(() => BothIndexes.Load(name, FilePath)).Message;
    }
}
