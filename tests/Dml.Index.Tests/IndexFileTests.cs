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
        IVectorIndex saved = BothIndexes.Makers[name](12, metric);
        for (int key = 0; key < 1200; key++)
        {
            saved.Upsert(key, data.Draw());
        }

        for (int key = 0; key < 1200; key += 5)
        {
            saved.Remove(key);
        }

        saved.Save(FilePath, tag: 1234567890123);
        IVectorIndex loaded = BothIndexes.Load(name, FilePath);
        Assert.Equal(1234567890123, BothIndexes.TagOf(loaded));
        Assert.Equal((saved.Dimension, saved.Metric, saved.Count), (loaded.Dimension, loaded.Metric, loaded.Count));
        AssertSameAnswers();

        for (int key = 0; key < 1200; key += 3)
        {
            float[] vector = data.Draw();
            saved.Upsert(key, vector);
            loaded.Upsert(key, vector);
            Assert.Equal(saved.Remove(key + 1), loaded.Remove(key + 1));
        }

        Assert.Equal(saved.Count, loaded.Count);
        float[] query = data.Draw();
        Answers.AssertSame(
            Answers.Of(saved, query, 10, new SearchOptions { EfSearch = 1000 }),
            Answers.Of(loaded, query, 10, new SearchOptions { EfSearch = 1000 }));

        void AssertSameAnswers()
        {
            for (int i = 0; i < 50; i++)
            {
                float[] query = data.Draw();
                Assert.Equal(Answers.Of(saved, query, 10), Answers.Of(loaded, query, 10));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_empty_index_can_be_saved(string name, Metric metric)
    {
        BothIndexes.Makers[name](5, metric).Save(FilePath);
        IVectorIndex loaded = BothIndexes.Load(name, FilePath);
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
        byte[] whole = SmallFile(name);
        for (int length = 0; length < whole.Length; length++)
        {
            AssertRefused(name, whole[..length]);
        }

        AssertRefused(name, [.. whole, 0]);
    }

    [Theory]
    [InlineData("exact")]
    [InlineData("hnsw")]
    public void Every_flipped_bit_is_refused(string name)
    {
        byte[] whole = SmallFile(name);
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            // All bits of the header and the checksum, and every seventh of what lies between.
            if (bit < 64 * 8 || bit >= (whole.Length - 40) * 8 || bit % 7 == 0)
            {
                byte[] flipped = [.. whole];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                AssertRefused(name, flipped);
            }
        }
    }

    [Fact]
    public void The_refusal_says_what_was_expected_what_came_and_what_to_do()
    {
        byte[] whole = SmallFile("hnsw");
        byte[] newer = [.. whole];
        newer[8] = 99;
        string message = AssertRefused("hnsw", newer);
        Assert.Contains("version 99", message, StringComparison.Ordinal);
        Assert.Contains("reads version 2", message, StringComparison.Ordinal);
        Assert.Contains("built again", message, StringComparison.Ordinal);
        Assert.Contains("begin with 'DMLINDEX'", AssertRefused("hnsw", new byte[200]), StringComparison.Ordinal);
        Assert.Contains("holds an HNSW index, but an exact index was expected", AssertRefused("exact", whole), StringComparison.Ordinal);
        Assert.Contains("cut short or changed", AssertRefused("hnsw", whole[..^1]), StringComparison.Ordinal);
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
        string target = Path.Combine(_folder, "taken");
        Directory.CreateDirectory(target);
        Assert.ThrowsAny<Exception>(() => new ExactIndex(2, Metric.L2).Save(target));
        Assert.Equal([target], Directory.GetFileSystemEntries(_folder));
    }

    private byte[] SmallFile(string name)
    {
        IVectorIndex index = BothIndexes.Makers[name](3, Metric.L2);
        for (int key = 0; key < 12; key++)
        {
            index.Upsert(key, [key, key * key % 7, 1]);
        }

        index.Remove(3);
        index.Save(FilePath, 77);
        return File.ReadAllBytes(FilePath);
    }

    private string AssertRefused(string name, byte[] bytes)
    {
        File.WriteAllBytes(FilePath, bytes);
        return Assert.Throws<IndexFileException>(() => BothIndexes.Load(name, FilePath)).Message;
    }
}
