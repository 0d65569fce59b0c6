namespace Dml.Index.Tests;

public class KeySetTests
{
    [Fact]
    public void Does_what_a_hash_set_does()
    {
        var random = new Random(84);
        foreach (var range in new[] { 1, 63, 64, 65, 10_000 })
        {
            long[] keys = [.. Enumerable.Range(0, 500).Select(_ => (long)random.Next(range))];
            var expected = keys.ToHashSet();
            var set = new KeySet(keys);
            Assert.Equal(expected.Count, set.Count);
            for (long key = -70; key < range + 200; key++)
            {
                Assert.Equal(expected.Contains(key), set.Contains(key));
            }

            Assert.False(set.Contains(long.MaxValue));
            Assert.False(set.Contains(long.MinValue));
        }
    }

    [Fact]
    public void May_be_empty_and_refuses_negative_keys()
    {
        Assert.Equal(0, new KeySet([]).Count);
        Assert.False(new KeySet([]).Contains(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeySet([1, -1]));
        Assert.Equal([long.MaxValue], new KeySet([long.MaxValue]).ToArray());
        Assert.Throws<ArgumentNullException>(() => new KeySet(null!));
    }

    [Theory]
    [InlineData(200, 70_000)]
    [InlineData(5_000, 70_000)]
    [InlineData(60_000, 140_000)]
    [InlineData(3_000, 1L << 40)]
    public void Changes_as_a_hash_set_does(int keys, long range)
    {
        var random = new Random(85);
        (HashSet<long> Expected, KeySet Set) Make()
        {
            // Sets of one size, or of very different ones: lists meet lists and bitmaps.
            long[] drawn = [.. Enumerable.Range(0, random.Next(2) == 0 ? keys : random.Next(1, 100)).Select(_ => random.NextInt64(range))];
            if (random.Next(2) == 0)
            {
                return ([.. drawn], new KeySet(drawn));
            }

            var set = new KeySet();
            set.AddAll(drawn);
            return ([.. drawn], set);
        }

        for (var round = 0; round < 40; round++)
        {
            var (expected, set) = Make();
            var (otherExpected, other) = Make();
            var copy = set.Copy();
            var before = expected.ToHashSet();
            switch (round % 4)
            {
                case 0:
                    expected.UnionWith(otherExpected);
                    set.UnionWith(other);
                    break;
                case 1:
                    expected.IntersectWith(otherExpected);
                    set.IntersectWith(other);
                    break;
                case 2:
                    expected.ExceptWith(otherExpected);
                    set.ExceptWith(other);
                    break;
                default:
                    foreach (var key in otherExpected.Concat(expected.Where(_ => random.Next(3) > 0)).ToList())
                    {
                        Assert.Equal(expected.Remove(key), set.Remove(key));
                        if (random.Next(4) == 0)
                        {
                            Assert.Equal(expected.Add(key + 1), set.Add(key + 1));
                        }
                    }

                    break;
            }

            Same(expected, set);
            Same(before, copy);
            Same(otherExpected, other);
        }

        static void Same(HashSet<long> expected, KeySet set)
        {
            Assert.Equal(expected.Count, set.Count);
            Assert.Equal(expected.Order(), set.ToArray());
            Assert.All(expected.Take(100), key => Assert.True(set.Contains(key)));
            Assert.All(expected.Take(100).Select(key => key + 1), key => Assert.Equal(expected.Contains(key), set.Contains(key)));
        }
    }

    [Fact]
    public void A_set_goes_with_itself()
    {
        var set = new KeySet(Enumerable.Range(0, 10_000).Select(key => key * 3L));
        set.UnionWith(set);
        set.IntersectWith(set);
        Assert.Equal(10_000, set.Count);
        set.ExceptWith(set);
        Assert.Equal(0, set.Count);
        Assert.Empty(set.ToArray());
    }

    [Fact]
    public void Dense_and_sparse_sets_take_little_memory()
    {
        var dense = new KeySet(Enumerable.Range(0, 1_000_000).Where(key => key % 2 == 0).Select(key => (long)key));
        var sparse = new KeySet(Enumerable.Range(0, 1_000).Select(key => key * 1_000L));
        Assert.True(dense.MemoryBytes < 140_000, $"{dense.MemoryBytes} bytes");
        Assert.True(sparse.MemoryBytes < 5_000, $"{sparse.MemoryBytes} bytes");
    }
}
