using Dml.Index.Graph;

namespace Dml.Index.Tests;

public class VisitedSlotsTests
{
    [Fact]
    public void Does_what_a_hash_set_does()
    {
        var visited = new VisitedSlots();
        var random = new Random(81);
        long total = 0;
        for (var walk = 0; walk < 300; walk++)
        {
            var slots = random.Next(1, 5000);
            visited.Reset(slots);
            var expected = new HashSet<int>();
            for (var row = random.Next(200); row > 0; row--)
            {
                // A row of links ends at its first -1; slots that came later than the walk's beginning are passed over.
                int[] links = [.. Enumerable.Range(0, random.Next(33)).Select(_ => random.Next(slots + 50))];
                int[] fresh = [.. links.Where(link => link < slots && expected.Add(link))];
                Assert.Equal(fresh, visited.AddAll([.. links, -1, random.Next(slots), -1]).ToArray());
                total += fresh.Length;
            }

            Assert.Equal(expected.Count, visited.Count);
            Assert.Equal(total, visited.Total);
        }
    }

    [Fact]
    public void Knows_the_ends_of_every_size()
    {
        var visited = new VisitedSlots();
        for (var slots = 1; slots < 300; slots++)
        {
            visited.Reset(slots);
            Assert.Equal([slots - 1], visited.AddAll([slots - 1]).ToArray());
            Assert.Empty(visited.AddAll([slots - 1]).ToArray());
            Assert.Empty(visited.AddAll([slots, int.MaxValue]).ToArray());
        }
    }
}
