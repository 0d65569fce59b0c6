using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Gate;

/// <summary>
/// Compares the retrieval quality of a candidate and the active generation on labels that neither embedder was trained on: an embedder
/// finds what it has learnt by heart, which says nothing about pictures to come. docs/retraining.md has the rules as a table.
/// </summary>
internal sealed class RetrievalChecks(SqliteCatalogue catalogue, EmbedderStore embedders, IOptions<GateOptions> options)
{
    /// <summary>With fewer labels an interval over labels is too narrow to be believed.</summary>
    public const int FewestLabels = 10;

    /// <param name="candidate">The building generation.</param>
    /// <param name="active">The generation that it would replace.</param>
    /// <param name="unattended">Whether a retrain asked, so that nobody looks at the result before it answers searches.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<IReadOnlyList<GateCheck>> RunAsync(
        Generation candidate, Generation active, bool unattended, CancellationToken cancel)
    {
        var (ofCandidate, ofActive) = (Learnt(candidate), Learnt(active));
        var unseen = await LabelledSample.TakeAsync(catalogue, [ofCandidate, ofActive], candidate.Index, active.Index, cancel);
        var figures = RetrievalComparison.Of(unseen, candidate, active, cancel);
        var labels = unseen.Labels.Distinct().Count();
        if (labels >= FewestLabels)
        {
            return [Sample(true, ""), .. figures.Select(MustBeNoWorse)];
        }

        if (unattended)
        {
            return figures.Count == 0
                ? [Sample(false, " With fewer than 2, a retrain's candidate is not activated. An admin may activate it anyway.")]
                : [Sample(true, ""), .. MustNotBeLower(figures)];
        }

        // What the active embedder has not learnt the candidate may have: a comparison that can only flatter the candidate.
        var flattering = await LabelledSample.TakeAsync(catalogue, [ofActive], candidate.Index, active.Index, cancel);
        figures = RetrievalComparison.Of(flattering, candidate, active, cancel);
        return figures.Count == 0
            ? [Sample(true, " Not compared: an embedder that an admin rolls out is not refused because there are too few labels.")]
            : [Sample(true, ""), .. figures.Select(MustNotBePlainlyWorse)];

        GateCheck Sample(bool passed, string rule) => Describe(unseen, labels, ofCandidate, ofActive, passed, rule);
    }

    private LearntLabels Learnt(Generation generation) =>
        new(generation.Model, embedders.TrainedLabelsOf(generation), options.Value.HeldOut);

    private static GateCheck Describe(
        LabelledSample sample, int labels, LearntLabels candidate, LearntLabels active, bool passed, string rule)
    {
        var isEnough = labels >= FewestLabels;
        var left = $"{sample.Keys.Count} items of {Count(labels)} that neither {candidate.Model} nor {active.Model} was trained on";
        return new GateCheck(
            "unseen-labels", passed,
            (isEnough ? $"Compared on {left}." : $"Too few labels to tell: {left}; {FewestLabels} labels are needed.")
                + LeftOut(sample.LeftOut[0], candidate) + LeftOut(sample.LeftOut[1], active) + rule,
            new Dictionary<string, double>
            {
                ["labels"] = labels,
                ["items"] = sample.Keys.Count,
                ["labelsNeeded"] = FewestLabels,
                ["leftOutForCandidate"] = sample.LeftOut[0],
                ["leftOutForActive"] = sample.LeftOut[1],
            },
            Undecided: !isEnough);
    }

    private static string LeftOut(int labels, LearntLabels embedder) => embedder.AreKnown
        ? labels == 0 ? "" : $" Left out: {Count(labels)} that {embedder.Model} was trained on."
        : $" What {embedder.Model} was trained on is unknown, so only held-out labels count"
          + (labels == 0 ? "." : $"; {Count(labels)} not held out.");

    private static string Count(int labels) => labels == 1 ? "1 label" : $"{labels} labels";

    private GateCheck MustBeNoWorse(RetrievalComparison figure) => Check(
        figure, figure.Difference.Low >= -options.Value.Margin, isUndecided: false,
        $"{figure}; the interval must not extend below {-options.Value.Margin:F4}.");

    // An equal candidate gets in half of the time, a plainly worse one hardly ever; and the next night begins from the better one. One
    // answer in hundreds that is lost in R@1 does not outweigh what is gained in MAP@R.
    private IEnumerable<GateCheck> MustNotBeLower(IReadOnlyList<RetrievalComparison> figures)
    {
        var allowed = figures.Sum(figure => figure.Difference.Mean) >= 0 ? options.Value.Margin : 0;
        return figures.Select(figure => Check(
            figure, figure.Difference.Mean >= -allowed, isUndecided: true,
            $"Too few labels to tell: {figure}. With so few, a retrain's candidate must not be lower on them; one figure may be, by at "
                + $"most {options.Value.Margin:F4}, if the other gains as much."));
    }

    private GateCheck MustNotBePlainlyWorse(RetrievalComparison figure) => Check(
        figure, figure.Difference.High >= -options.Value.Margin, isUndecided: true,
        $"Too few labels to tell whether it is better. On all labels that the active embedder was not trained on, which can only flatter "
            + $"the candidate: {figure}; the interval must not lie wholly below {-options.Value.Margin:F4}.");

    private GateCheck Check(RetrievalComparison figure, bool passed, bool isUndecided, string detail) => new(
        figure.Name, passed, detail,
        new Dictionary<string, double>
        {
            ["candidate"] = figure.Candidate,
            ["active"] = figure.Active,
            ["difference"] = figure.Difference.Mean,
            ["low"] = figure.Difference.Low,
            ["high"] = figure.Difference.High,
            ["margin"] = options.Value.Margin,
            ["queries"] = figure.Items,
            ["labels"] = figure.Labels,
        },
        isUndecided);
}
