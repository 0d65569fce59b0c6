using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Gate;

/// <summary>Runs the checks that a building generation must pass before it becomes active.</summary>
internal sealed class RolloutGate(SqliteCatalogue catalogue, IOptions<GateOptions> options)
{
    private const int RecallQueries = 200;

    // Fewer queries than this are not informative.
    private const int FewestQueries = 30;

    /// <param name="candidate">The building generation.</param>
    /// <param name="active">The generation that it would replace; null when there is none.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<GateReport> MeasureAsync(Generation candidate, Generation? active, CancellationToken cancel)
    {
        var checks = new List<GateCheck> { await MissingAsync(candidate, cancel), await RecallAsync(candidate, cancel) };
        if (active is not null)
        {
            checks.AddRange(await RetrievalAsync(candidate, active, cancel));
        }

        return new GateReport(checks.All(check => check.Passed), DateTimeOffset.UtcNow, checks);
    }

    private async Task<GateCheck> MissingAsync(Generation candidate, CancellationToken cancel)
    {
        long items = 0, embedded = 0;
        var vectors = 0;
        IReadOnlyList<StoredItem> missing = [];
        await catalogue.BetweenCommitsAsync(
            async () =>
            {
                items = await catalogue.CountAsync(cancel);
                embedded = await catalogue.CountEmbeddingsAsync(candidate.Fingerprint, cancel);
                vectors = candidate.Index.Count;
                missing = await catalogue.UnembeddedAsync(candidate.Fingerprint, after: 0, limit: 5, cancel);
            },
            cancel);
        return new GateCheck(
            "missing-items",
            missing.Count == 0 && vectors == items,
            missing.Count == 0
                ? $"{items} items, {vectors} vectors in the index."
                : $"{items - embedded} of {items} items have no embedding, among them "
                  + $"{string.Join(", ", missing.Select(item => item.Id))}. The log says why; replace or delete them.",
            new Dictionary<string, double> { ["items"] = items, ["embedded"] = embedded, ["vectors"] = vectors });
    }

    private async Task<GateCheck> RecallAsync(Generation candidate, CancellationToken cancel)
    {
        var figure = await new IndexRecall(catalogue).MeasureAsync(candidate, RecallQueries, cancel);
        var recall = figure?.Recall ?? 1;
        return new GateCheck(
            "index-recall",
            recall >= options.Value.Recall,
            figure is null
                ? "Not measured: there are too few items."
                : $"The index finds {recall:P2} of the true ten nearest ({figure.Queries} queries); {options.Value.Recall:P2} is required.",
            new Dictionary<string, double>
            {
                ["recallAt10"] = recall,
                ["required"] = options.Value.Recall,
                ["queries"] = figure?.Queries ?? 0,
            }
        );
    }

    private async Task<IReadOnlyList<GateCheck>> RetrievalAsync(Generation candidate, Generation active, CancellationToken cancel)
    {
        var sample = await LabelledSample.TakeAsync(catalogue, options.Value.HeldOut, candidate.Index, active.Index, cancel);
        var before = RetrievalScore.Measure(sample.VectorsOf(active.Index), sample.Labels, cancel);
        var after = RetrievalScore.Measure(sample.VectorsOf(candidate.Index), sample.Labels, cancel);
        return [Compare("R@1", before, after, score => score.RecallAt1), Compare("MAP@R", before, after, score => score.MapAtR)];
    }

    private GateCheck Compare(string name, List<RetrievalScore> before, List<RetrievalScore> after, Func<RetrievalScore, double> figure)
    {
        if (before.Count < FewestQueries)
        {
            return new GateCheck(
                name, true,
                $"Not compared: {before.Count} held-out labelled items share their label with another one; at least {FewestQueries} "
                + $"are needed.",
                new Dictionary<string, double> { ["queries"] = before.Count });
        }

        var (mean, low, high) = PairedBootstrap.Of(before.Zip(after, (b, a) => (b.Label, figure(a) - figure(b))));
        var (old, now) = (before.Average(figure), after.Average(figure));
        var margin = options.Value.Margin;
        return new GateCheck(
            name,
            low >= -margin,
            $"{now:F4} against {old:F4} of the active generation on {before.Count} held-out labelled items: "
                + $"difference {mean:+0.0000;-0.0000;0.0000}, 95 % interval {low:+0.0000;-0.0000;0.0000} to "
                + $"{high:+0.0000;-0.0000;0.0000}; it must not extend below {-margin:F4}.",
            new Dictionary<string, double>
            {
                ["candidate"] = now,
                ["active"] = old,
                ["difference"] = mean,
                ["low"] = low,
                ["high"] = high,
                ["margin"] = margin,
                ["queries"] = before.Count,
            });
    }
}
