using Dml.Index.Storage;

namespace Dml.Index.Tests;

public class TopNeighborsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Keeps_the_best_of_all_that_are_offered(bool unique)
    {
        var random = new Random(83);
        for (var round = 0; round < 2000; round++)
        {
            var places = random.Next(12);
            Neighbor[] offered = [.. Enumerable.Range(0, random.Next(40)).Select(i =>
                new Neighbor(unique ? random.Next(15) : i, random.Next(-4, 5)))];
            random.Shuffle(offered);
            var heap = new Neighbor[places];
            var top = new TopNeighbors(heap, unique);
            foreach (var neighbor in offered)
            {
                top.Offer(neighbor.Key, neighbor.Score);
            }

            Neighbor[] expected = [.. offered
                .GroupBy(neighbor => neighbor.Key)
                .Select(same => same.MaxBy(neighbor => neighbor.Score))
                .OrderByDescending(neighbor => neighbor.Score)
                .ThenBy(neighbor => neighbor.Key)
                .Take(places)];
            Assert.Equal(expected.Length, top.Count);
            Assert.Equal(expected, heap[..top.Sort()]);
        }
    }

    [Fact]
    public void Goes_on_where_an_earlier_one_ended()
    {
        var heap = new Neighbor[3];
        var top = new TopNeighbors(heap);
        top.Offer(1, 5);
        top.Offer(2, 1);
        top = new TopNeighbors(heap, count: top.Count);
        top.Offer(3, 9);
        top.Offer(4, 3);
        Assert.Equal(3, top.Sort());
        Assert.Equal([3, 1, 4], heap.Select(neighbor => neighbor.Key));
    }
}
