using Dml.Api.Generations;

namespace Dml.Api.Gate;

/// <summary>One figure of two generations on the same items.</summary>
/// <param name="Name">Name of the figure.</param>
/// <param name="Labels">Number of labels.</param>
/// <param name="Items">Number of their items; each is a query against all others.</param>
/// <param name="Candidate">The candidate's mean, 0 to 1.</param>
/// <param name="Active">The active generation's mean, 0 to 1.</param>
/// <param name="Difference">Candidate minus active, with an interval over labels.</param>
internal sealed record RetrievalComparison(
    string Name, int Labels, int Items, double Candidate, double Active, PairedBootstrap Difference)
{
    /// <summary>R@1 and MAP@R; empty when the sample has fewer than two labels, among which every answer would be right.</summary>
    public static IReadOnlyList<RetrievalComparison> Of(
        LabelledSample sample, Generation candidate, Generation active, CancellationToken cancel)
    {
        var labels = sample.Labels.Distinct().Count();
        if (labels < 2)
        {
            return [];
        }

        var before = RetrievalScore.Measure(sample.VectorsOf(active.Index), sample.Labels, cancel);
        var after = RetrievalScore.Measure(sample.VectorsOf(candidate.Index), sample.Labels, cancel);
        return [Compare("R@1", score => score.RecallAt1), Compare("MAP@R", score => score.MapAtR)];

        RetrievalComparison Compare(string name, Func<RetrievalScore, double> figure) => new(
            name, labels, before.Count, after.Average(figure), before.Average(figure),
            PairedBootstrap.Of(before.Zip(after, (b, a) => (b.Label, figure(a) - figure(b)))));
    }

    /// <summary>The figures in words.</summary>
    public override string ToString() =>
        $"{Candidate:F4} against {Active:F4} of the active generation on {Items} items of {Labels} labels: "
        + $"difference {Signed(Difference.Mean)}, 95 % interval {Signed(Difference.Low)} to {Signed(Difference.High)}";

    private static string Signed(double value) => value.ToString("+0.0000;-0.0000;0.0000");
}
