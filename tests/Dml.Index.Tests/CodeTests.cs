using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Tests;

/// <summary>Scores by code against the vectors that the codes stand for, which plain loops in double precision compare.</summary>
public class CodeTests
{
    public static MatrixTheoryData<VectorCode, Metric> Cases => new(Enum.GetValues<VectorCode>(), Enum.GetValues<Metric>());

    public static IEnumerable<int> Dimensions => Enumerable.Range(1, 300).Append(784);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Scores_are_those_of_the_numbers_that_the_codes_stand_for(VectorCode code, Metric metric)
    {
        var random = new Random(77);
        foreach (var dimension in Dimensions)
        {
            var vectors = Draw(random, dimension, count: 6);
            var codes = Encode(code, metric, vectors);
            var decoded = Array.ConvertAll(vectors, vector => Decoded(vector, Largest(code), metric));
            var query = Draw(random, dimension, count: 1)[0];
            var rounded = code == VectorCode.Float32 ? Array.ConvertAll(query, x => (double)x) : Rounded(query);
            var prepared = new CodeQuery();
            codes.Prepare(prepared, query);
            var querySquares = query.Sum(x => (double)x * x);
            var sum = query.Sum(x => (double)x);
            for (var slot = 0; slot < vectors.Length; slot++)
            {
                // The offset of a code is multiplied with the query itself, its numbers with the rounded query.
                var least = code == VectorCode.Float32 ? 0 : vectors[slot].Min() * Stretch(vectors[slot], decoded[slot], metric);
                var dot = Dot(rounded, [.. decoded[slot].Select(x => x - least)]) + (least * sum);
                var expected = metric == Metric.InnerProduct ? dot : (2 * dot) - querySquares - Dot(decoded[slot], decoded[slot]);
                AssertNear(expected, codes.Score(prepared, slot), dimension);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Scores_between_slots_are_those_of_the_numbers_that_the_codes_stand_for(VectorCode code, Metric metric)
    {
        var random = new Random(78);
        foreach (var dimension in Dimensions)
        {
            var vectors = Draw(random, dimension, count: 4);
            var codes = Encode(code, metric, vectors);
            var decoded = Array.ConvertAll(vectors, vector => Decoded(vector, Largest(code), metric));
            var prepared = new CodeQuery();
            var scores = new float[vectors.Length];
            for (var from = 0; from < vectors.Length; from++)
            {
                codes.Prepare(prepared, from);
                codes.Score(prepared, [0, 1, 2, 3], scores);
                for (var to = 0; to < vectors.Length; to++)
                {
                    Assert.Equal(codes.Score(prepared, to), scores[to]);
                    var dot = Dot(decoded[from], decoded[to]);
                    AssertNear(
                        metric == Metric.InnerProduct
                            ? dot
                            : (2 * dot) - Dot(decoded[from], decoded[from]) - Dot(decoded[to], decoded[to]),
                        scores[to],
                        dimension);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Scores_are_as_near_the_true_ones_as_the_steps_allow(VectorCode code, Metric metric)
    {
        var random = new Random(79);
        foreach (var dimension in Dimensions)
        {
            var vectors = Draw(random, dimension, count: 4);
            var codes = Encode(code, metric, vectors);
            var query = Draw(random, dimension, count: 1)[0];
            var prepared = new CodeQuery();
            codes.Prepare(prepared, query);
            for (var slot = 0; slot < vectors.Length; slot++)
            {
                var exact = Array.ConvertAll(vectors[slot], x => (double)x);
                var asked = Array.ConvertAll(query, x => (double)x);
                var score = metric == Metric.InnerProduct
                    ? Dot(asked, exact)
                    : (2 * Dot(asked, exact)) - Dot(asked, asked) - Dot(exact, exact);

                // Half a step of rounding in each component of the vector and of the query.
                var step = code == VectorCode.Float32 ? 0 : (vectors[slot].Max() - vectors[slot].Min()) / (double)Largest(code);
                var queryStep = code == VectorCode.Float32 ? 0 : query.Max(Math.Abs) / 127.0;
                var range = vectors[slot].Max() - (double)vectors[slot].Min();
                var bound = (step / 2 * asked.Sum(Math.Abs)) + (queryStep / 2 * range * dimension);
                if (metric == Metric.InnerProduct)
                {
                    // The code is stretched by at most this share of itself.
                    var stretch = step / 2 * exact.Sum(Math.Abs) / Dot(exact, exact);
                    bound = (bound + (stretch * Math.Abs(score))) / Math.Max(0.1, 1 - stretch);
                }
                else
                {
                    bound = (2 * bound) + (step * exact.Sum(Math.Abs)) + (step * step / 4 * dimension);
                }

                Assert.Equal(score, codes.Score(prepared, slot), (1.01 * bound) + (1e-5 * (1 + dimension)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Scores_of_the_largest_and_the_flattest_vectors_are_numbers(VectorCode code, Metric metric)
    {
        foreach (var dimension in new[] { 1, 2, 3, 64, 129, 784 })
        {
            var most = 9.1e18f / MathF.Sqrt(dimension);
            float[][] vectors =
            [
                [.. Enumerable.Repeat(most, dimension)],
                [.. Enumerable.Repeat(-most, dimension)],
                [.. Enumerable.Range(0, dimension).Select(i => i == 0 ? -most : most)],
                [.. Enumerable.Range(0, dimension).Select(i => i % 2 == 0 ? -most : most)],
                [.. Enumerable.Repeat(1e-20f, dimension)],
                [.. Enumerable.Range(0, dimension).Select(i => 1 + (i % 2 * 1e-7f))],
            ];
            var codes = Encode(code, metric, vectors);
            var prepared = new CodeQuery();
            for (var from = 0; from < vectors.Length; from++)
            {
                for (var to = 0; to < vectors.Length; to++)
                {
                    codes.Prepare(prepared, vectors[from]);
                    Assert.False(float.IsNaN(codes.Score(prepared, to)), $"{dimension} components, query {from}, slot {to}");
                    codes.Prepare(prepared, from);
                    Assert.False(float.IsNaN(codes.Score(prepared, to)), $"{dimension} components, slots {from} and {to}");
                }
            }
        }
    }

    private static VectorCodes Encode(VectorCode code, Metric metric, float[][] vectors)
    {
        var store = new VectorStore(vectors[0].Length, metric);
        var codes = VectorCodeTable.Create(code, store);
        for (var slot = 0; slot < vectors.Length; slot++)
        {
            store.Set(slot, vectors[slot]);
            codes.Set(slot, vectors[slot]);
        }

        return codes;
    }

    private static int Largest(VectorCode code) => code switch
    {
        VectorCode.Int8 => 255,
        VectorCode.Int4 => 15,
        _ => 0,
    };

    private static double[] Decoded(float[] vector, int largest, Metric metric)
    {
        var exact = Array.ConvertAll(vector, x => (double)x);
        if (largest == 0)
        {
            return exact;
        }

        var least = vector.Min();
        var scale = (vector.Max() - least) / largest;
        var steps = scale > 0 ? 1 / scale : 0;
        var decoded = Array.ConvertAll(vector, x => ((double)scale * MathF.Round((x - least) * steps)) + least);
        var stretch = metric == Metric.InnerProduct ? Dot(exact, exact) / Dot(exact, decoded) : 1;
        return Array.ConvertAll(decoded, x => x * stretch);
    }

    // What the numbers of a decoded vector were multiplied with: its least component is exact but for that.
    private static double Stretch(float[] vector, double[] decoded, Metric metric) =>
        metric == Metric.InnerProduct ? decoded.Min() / vector.Min() : 1;

    private static double[] Rounded(float[] query)
    {
        var largest = query.Max(MathF.Abs);
        return Array.ConvertAll(query, x => (double)(largest / 127) * MathF.Round(x * (127 / largest)));
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static void AssertNear(double expected, float actual, int dimension) =>
        Assert.Equal(expected, actual, 3e-6 * (10 + dimension));

    private static float[][] Draw(Random random, int dimension, int count) =>
        [.. Enumerable.Range(0, count).Select(i =>
            Enumerable.Range(0, dimension).Select(_ => random.NextSingle() - (0.3f * i)).ToArray())];
}
