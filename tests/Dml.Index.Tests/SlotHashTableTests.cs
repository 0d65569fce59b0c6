using Dml.Index.Storage;

namespace Dml.Index.Tests;

public class SlotHashTableTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(300)]
    [InlineData(30_000)]
    public void Does_what_a_dictionary_does(int keys)
    {
        var table = new SlotHashTable<long>();
        var expected = new Dictionary<long, int>();
        var random = new Random(80);
        for (var step = 0; step < 200_000; step++)
        {
            // Mostly adding, then mostly removing: the table grows, fills and empties, and entries wrap round its end.
            var growing = step % 50_000 < 30_000;
            var key = KeyOf(random.Next(keys));
            var action = random.Next(10);
            if (action == 0 && expected.ContainsKey(key))
            {
                table.Change(key, step);
                expected[key] = step;
            }
            else if (action < (growing ? 7 : 3))
            {
                Assert.Equal(expected.TryAdd(key, step), table.TryAdd(key, step));
            }
            else
            {
                Assert.Equal(expected.Remove(key, out var known), table.Remove(key, out var slot));
                Assert.Equal(known, slot >= 0 ? slot : 0);
            }

            var asked = KeyOf(random.Next(keys));
            var isKnown = expected.TryGetValue(asked, out var expectedSlot);
            Assert.Equal(isKnown, table.TryGet(asked, out var actual));
            Assert.True(!isKnown || expectedSlot == actual);
        }

        for (var key = 0; key < keys; key++)
        {
            Assert.Equal(expected.ContainsKey(KeyOf(key)), table.TryGet(KeyOf(key), out _));
        }
    }

    [Fact]
    public void Knows_zero_the_ends_and_slot_zero()
    {
        var table = new SlotHashTable<long>();
        long[] keys = [0, -1, 1, long.MinValue, long.MaxValue];
        for (var slot = 0; slot < keys.Length; slot++)
        {
            Assert.False(table.TryGet(keys[slot], out _));
            Assert.True(table.TryAdd(keys[slot], slot));
            Assert.False(table.TryAdd(keys[slot], 99));
        }

        for (var slot = 0; slot < keys.Length; slot++)
        {
            Assert.True(table.TryGet(keys[slot], out var actual));
            Assert.Equal(slot, actual);
        }
    }

    [Fact]
    public void Refuses_to_change_what_is_not_there() =>
        Assert.Throws<InvalidOperationException>(() => new SlotHashTable<uint>().Change(3, 4));

    [Fact]
    public async Task Loses_nothing_when_many_threads_write()
    {
        var table = new SlotHashTable<uint>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (uint i = 0; i < 20_000; i++)
            {
                var key = (i * 4) + (uint)thread;
                Assert.True(table.TryAdd(key, (int)key));
                Assert.True(i % 3 != 0 || table.Remove(key, out _));
            }
        }, TestContext.Current.CancellationToken)));
        for (uint key = 0; key < 80_000; key++)
        {
            Assert.Equal(key / 4 % 3 != 0, table.TryGet(key, out var slot));
            Assert.True(slot == -1 || slot == key);
        }
    }

    // Some consecutive, some far apart, some negative.
    private static long KeyOf(int i) => (i % 3) switch
    {
        0 => i,
        1 => (long)i << 40,
        _ => -i,
    };
}
