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
    public void May_be_empty_and_refuses_what_no_bitmap_holds()
    {
        Assert.Equal(0, new KeySet([]).Count);
        Assert.False(new KeySet([]).Contains(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeySet([1, -1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeySet([1L << 37]));
        Assert.Throws<ArgumentNullException>(() => new KeySet(null!));
    }
}
