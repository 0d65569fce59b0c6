using System.Globalization;
using Dml.Training.Data;

namespace Dml.Training.Tests.Evaluation;

/// <summary>The published formulas, each written out with full sorts and plain loops.</summary>
internal static class NaiveRetrieval
{
    /// <summary>The mean of a figure over the queries with a relevant answer.</summary>
    public static double Mean(string figure, float[] vectors, IReadOnlyList<LabelledPicture> pictures, int dimension)
        => Rankings(vectors, pictures, dimension).Average(grades => Figure(figure, grades));

    /// <summary>A figure of one ranking, given how relevant the answer at each rank is.</summary>
    public static double Figure(string name, List<int> grades)
    {
        var relevance = grades.ConvertAll(g => g > 0 ? 1 : 0);
        var r = relevance.Sum();
        double Precision(int i) => relevance.Take(i).Sum() / (double)i;
        double SumOfPrecisions(int last, Func<int, double> precision)
        {
            var sum = 0.0;
            for (var i = 1; i <= last && i <= relevance.Count; i++)
            {
                sum += relevance[i - 1] == 1 ? precision(i) : 0;
            }

            return sum;
        }

        int K(string stem) => int.Parse(name[stem.Length..], CultureInfo.InvariantCulture);
        return name switch
        {
            "R-precision" => Precision(r),
            "MAP@R" => SumOfPrecisions(r, Precision) / r,
            "mAP@all" => SumOfPrecisions(relevance.Count, Precision) / r,
            "mAP-interpolated" => SumOfPrecisions(relevance.Count, i => Enumerable.Range(i, relevance.Count - i + 1).Max(Precision)) / r,
            "mINP" => r / (double)(relevance.LastIndexOf(1) + 1),
            _ when name.StartsWith("mAP@", StringComparison.Ordinal) => SumOfPrecisions(K("mAP@"), Precision) / r,
            _ when name.StartsWith("R@", StringComparison.Ordinal) => relevance.Take(K("R@")).Sum() > 0 ? 1 : 0,
            _ when name.StartsWith("Rank-", StringComparison.Ordinal) => relevance.Take(K("Rank-")).Sum() > 0 ? 1 : 0,
            _ when name.StartsWith("P@", StringComparison.Ordinal) => Precision(Math.Min(K("P@"), relevance.Count)),
            _ when name.StartsWith("nDCG@", StringComparison.Ordinal) => Gains(grades, K("nDCG@"))
                / Gains([.. grades.OrderDescending()], K("nDCG@")),
            _ => throw new ArgumentException($"No oracle for {name}.", nameof(name)),
        };
    }

    private static double Gains(List<int> grades, int k)
    {
        var sum = 0.0;
        for (var i = 1; i <= k && i <= grades.Count; i++)
        {
            sum += (Math.Pow(2, grades[i - 1]) - 1) / Math.Log2(i + 1);
        }

        return sum;
    }

    private static IEnumerable<List<int>> Rankings(float[] vectors, IReadOnlyList<LabelledPicture> pictures, int dimension)
    {
        for (var q = 0; q < pictures.Count; q++)
        {
            if (pictures[q].Role == PictureRole.Gallery)
            {
                continue;
            }

            var answers = new List<(double Distance, int Row)>();
            for (var row = 0; row < pictures.Count; row++)
            {
                var sameView =
                    pictures[q].Attributes.TryGetValue("camera", out var camera)
                    && pictures[row].Attributes.TryGetValue("camera", out var other)
                    && camera == other
                    && pictures[q].Class == pictures[row].Class;
                if (row != q && pictures[row].Role != PictureRole.Query && !sameView)
                {
                    var distance = 0.0;
                    for (var d = 0; d < dimension; d++)
                    {
                        var difference = (double)vectors[q * dimension + d] - vectors[row * dimension + d];
                        distance += difference * difference;
                    }

                    answers.Add((distance, row));
                }
            }

            answers.Sort((a, b) => a.Distance != b.Distance ? a.Distance.CompareTo(b.Distance) : a.Row.CompareTo(b.Row));
            var grades = answers.ConvertAll(a => Grade(pictures[q], pictures[a.Row]));
            if (grades.Exists(g => g > 0))
            {
                yield return grades;
            }
        }
    }

    private static int Grade(LabelledPicture one, LabelledPicture other)
        => one.Labels.Count == 0 ? (one.Class == other.Class ? 1 : 0) : one.Labels.Intersect(other.Labels).Count();
}
