namespace Dml.Training.Tests.Evaluation;

/// <summary>The formulas of the evaluation card, each written out with full sorts and plain loops.</summary>
internal static class NaiveRetrieval
{
    public static double RecallAt(float[] vectors, int[] labels, int dimension, int k)
        => Mean(vectors, labels, dimension, (relevance, _) => relevance.Take(k).Sum() > 0 ? 1 : 0);

    public static double RPrecision(float[] vectors, int[] labels, int dimension)
        => Mean(vectors, labels, dimension, (relevance, r) => relevance.Take(r).Sum() / (double)r);

    public static double MapAtR(float[] vectors, int[] labels, int dimension)
        => Mean(vectors, labels, dimension, (relevance, r) =>
        {
            var sum = 0.0;
            for (var i = 1; i <= r; i++)
            {
                sum += relevance[i - 1] == 1 ? relevance.Take(i).Sum() / (double)i : 0;
            }
            return sum / r;
        });

    public static double NdcgAt(float[] vectors, int[] labels, int dimension, int k)
        => Mean(vectors, labels, dimension, (relevance, r) =>
        {
            double gain = 0, ideal = 0;
            for (var i = 1; i <= k && i <= relevance.Count; i++)
            {
                gain += relevance[i - 1] / Math.Log2(i + 1);
            }
            for (var i = 1; i <= Math.Min(k, r); i++)
            {
                ideal += 1 / Math.Log2(i + 1);
            }
            return gain / ideal;
        });

    private static double Mean(float[] vectors, int[] labels, int dimension, Func<List<int>, int, double> score)
    {
        var scores = new List<double>();
        for (var q = 0; q < labels.Length; q++)
        {
            var others = new List<(double Dot, int Row)>();
            for (var row = 0; row < labels.Length; row++)
            {
                if (row != q)
                {
                    var dot = 0.0;
                    for (var d = 0; d < dimension; d++)
                    {
                        dot += (double)vectors[q * dimension + d] * vectors[row * dimension + d];
                    }
                    others.Add((dot, row));
                }
            }
            others.Sort((a, b) => a.Dot != b.Dot ? b.Dot.CompareTo(a.Dot) : a.Row.CompareTo(b.Row));
            var relevance = others.ConvertAll(o => labels[o.Row] == labels[q] ? 1 : 0);
            if (relevance.Sum() > 0)
            {
                scores.Add(score(relevance, relevance.Sum()));
            }
        }
        return scores.Average();
    }
}
