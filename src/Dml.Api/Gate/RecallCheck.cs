using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Microsoft.Extensions.Options;

namespace Dml.Api.Gate;

/// <summary>
/// Measures the recall of the active index in the background, and again after it has changed.
/// </summary>
internal sealed class RecallCheck(
    GenerationRegistry generations, SqliteCatalogue catalogue, IOptions<GateOptions> options, KnownProblems problems, TimeProvider clock,
    ILogger<RecallCheck> log) : BackgroundService
{
    private const int Queries = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    // Resting fifty times as long as it worked keeps the check below two per cent of one core at any size.
    private const int RestFactor = 50;

    private volatile RecallFigure? _last;
    private (int Generation, long Sequence) _measuredAt;
    private int _seed;

    /// <summary>The figure of the active generation; null until it has been measured.</summary>
    public RecallFigure? Last => _last is { } last && last.Generation == generations.Active?.Number ? last : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        while (true)
        {
            var begin = clock.GetTimestamp();
            if (
                generations.Active is { } generation
                && (generation.Number, generation.AppliedSequence) is var state
                && state != _measuredAt)
            {
                try
                {
                    _last = await new IndexRecall(catalogue, clock).MeasureAsync(generation, Queries, ++_seed, stoppingToken);
                    _measuredAt = state;
                    Report(_last);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    log.LogError(exception, "The recall check failed");
                }
            }

            var rest = clock.GetElapsedTime(begin) * RestFactor;
            await Task.Delay(rest > Pause ? rest : Pause, clock, stoppingToken);
        }
    }

    private void Report(RecallFigure? figure)
    {
        // What is worse than any stratum may be is lost. Among near copies, codes do not tell the nearest from the next, and a recall that
        // the gate would refuse is nothing that a new index would mend.
        var least = options.Value.StratumRecall;
        if (figure is null || (figure.Recall >= least && (figure.Worst is null || figure.Worst.Recall >= least)))
        {
            problems.Solved(KnownProblems.Recall);
            return;
        }

        problems.Report(
            KnownProblems.Recall, "The index finds too few of the nearest items, or of some of the items; GET /stats has the figures.");
        log.LogError(
            "The index finds {Recall:P2} of the true ten nearest, and {WorstRecall:P2} for {Stratum}; {Least:P2} is the least. To build it "
            + "anew, stop the service, delete the folder index of the data folder, and start it",
            figure.Recall, figure.Worst?.Recall, figure.Worst?.Name, least);
    }
}
