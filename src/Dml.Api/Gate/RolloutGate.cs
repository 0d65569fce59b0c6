using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Gate;

/// <summary>Runs the checks that a building generation must pass before it becomes active.</summary>
internal sealed class RolloutGate(
    SqliteCatalogue catalogue, RetrievalChecks retrieval, IOptions<GateOptions> options, TimeProvider clock)
{
    private const string MissingItems = "missing-items";
    private const int RecallQueries = 200;

    /// <param name="candidate">The building generation.</param>
    /// <param name="active">The generation that it would replace; null when there is none.</param>
    /// <param name="unattended">Whether a retrain asked for the rollout.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<GateReport> MeasureAsync(Generation candidate, Generation? active, bool unattended, CancellationToken cancel)
    {
        var checks = new List<GateCheck> { await MissingAsync(candidate, cancel), await RecallAsync(candidate, cancel) };
        if (active is not null)
        {
            checks.AddRange(await retrieval.RunAsync(candidate, active, unattended, cancel));
        }

        return new GateReport(checks.All(check => check.Passed), clock.GetUtcNow(), checks);
    }

    /// <summary>Whether an admin may activate the candidate in spite of the report: an item without a vector cannot be found.</summary>
    public static bool MayBeOverridden(GateReport report) => report.Checks.All(check => check.Passed || check.Name != MissingItems);

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
                missing = embedded == items ? [] : await catalogue.UnembeddedAsync(candidate.Fingerprint, after: 0, limit: 5, cancel);
            },
            cancel);
        return new GateCheck(
            MissingItems,
            missing.Count == 0 && vectors == items,
            missing.Count == 0
                ? $"{items} items, {vectors} vectors in the index."
                : $"{items - embedded} of {items} items have no embedding, among them "
                  + $"{string.Join(", ", missing.Select(item => item.Id))}. The log says why; replace or delete them.",
            new Dictionary<string, double> { ["items"] = items, ["embedded"] = embedded, ["vectors"] = vectors });
    }

    private async Task<GateCheck> RecallAsync(Generation candidate, CancellationToken cancel)
    {
        var required = options.Value;
        var figure = await new IndexRecall(catalogue, clock).MeasureAsync(candidate, RecallQueries, seed: 1, cancel);
        var recall = figure?.Recall ?? 1;
        var figures = new Dictionary<string, double>
        {
            ["recallAt10"] = recall,
            ["required"] = required.Recall,
            ["queries"] = figure?.Queries ?? 0,
        };
        var message = figure is null
            ? "Not measured: there are too few items."
            : $"The index finds {recall:P2} of the true ten nearest ({figure.Queries} queries); {required.Recall:P2} is required.";
        if (figure?.Worst is { } worst)
        {
            figures["worstRecallAt10"] = worst.Recall;
            figures["worstRequired"] = required.StratumRecall;
            figures["worstQueries"] = worst.Queries;
            message += $" Of {worst.Name}, which fares worst of {worst.Strata} strata, it finds {worst.Recall:P2} "
                       + $"({worst.Queries} queries); {required.StratumRecall:P2} is required.";
        }

        return new GateCheck("index-recall", required.IsReachedBy(figure), message, figures);
    }
}
