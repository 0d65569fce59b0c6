using Dml.Index.Graph;

namespace Dml.Index.Tests;

public class BeamTests
{
    public static MatrixTheoryData<int, bool> Cases => new([1, 2, 10, 200], [false, true]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Does_what_a_sorted_list_does(int width, bool ties)
    {
        var beam = new Beam();
        var random = new Random(82);
        for (var walk = 0; walk < 40; walk++)
        {
            beam.Reset(width);
            var scores = new Dictionary<int, float>();
            var taken = new HashSet<int>();
            List<float> best = [];
            for (var slot = 0; slot < 400; slot++)
            {
                var score = random.Next(-20, 21) * 0.25f;
                score += ties ? 0 : random.NextSingle() / 8;
                scores.Add(slot, score);
                var enters = best.Count < width || score > best[^1];
                var goesFirst = enters && Untaken().All(other => score > scores[other]);
                var mayGoFirst = enters && Untaken().All(other => score >= scores[other]);
                if (enters)
                {
                    best = [.. best.Append(score).OrderDescending().Take(width)];
                }

                // The walk looks for the best one before it offers others. Of equal ones either may go first.
                beam.TryPeek(out _);
                var first = beam.Offer(slot, score);
                Assert.True(goesFirst ? first : mayGoFirst || !first);
                if (random.Next(3) == 0)
                {
                    TakeBest();
                }

                Check();
            }

            while (Untaken().Any())
            {
                TakeBest();
                Check();
            }

            Assert.False(beam.TryPeek(out _));

            IEnumerable<int> Untaken() =>
                Enumerable.Range(0, beam.Count).Select(place => beam[place].Slot).Where(slot => !taken.Contains(slot));

            void TakeBest()
            {
                int[] left = [.. Untaken()];
                Assert.Equal(left.Length > 0, beam.TryPeek(out var next));
                if (left.Length > 0)
                {
                    Assert.Equal(left.Max(slot => scores[slot]), next.Score);
                    Assert.Contains(next.Slot, left);
                    beam.Take();
                    taken.Add(next.Slot);
                }
            }

            void Check()
            {
                ScoredSlot[] entries = [.. Enumerable.Range(0, beam.Count).Select(place => beam[place])];
                Assert.Equal(best, entries.Select(entry => entry.Score));
                Assert.Equal(entries.Length, entries.DistinctBy(entry => entry.Slot).Count());
                Assert.All(entries, entry => Assert.Equal(scores[entry.Slot], entry.Score));
                Assert.Equal(best.Count == width, beam.IsFull);
                Assert.Equal(best.Count == width ? best[^1] : float.NegativeInfinity, beam.Threshold);
            }
        }
    }

    [Fact]
    public void Keeps_every_score_as_it_is()
    {
        float[] scores =
        [
            float.PositiveInfinity, float.MaxValue, 1, float.Epsilon, 0, -float.Epsilon, -1, float.MinValue, float.NegativeInfinity,
        ];
        var beam = new Beam();
        beam.Reset(scores.Length);
        foreach (var i in new[] { 4, 0, 8, 2, 6, 1, 7, 3, 5 })
        {
            beam.Offer(i == 0 ? int.MaxValue : i, scores[i]);
        }

        Assert.Equal(scores, Enumerable.Range(0, beam.Count).Select(place => beam[place].Score));
        Assert.Equal(int.MaxValue, beam[0].Slot);
    }
}
