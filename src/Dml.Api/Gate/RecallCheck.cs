using Dml.Api.Catalogue;
using Dml.Api.Generations;

namespace Dml.Api.Gate;

/// <summary>
/// Measures the recall of the active index in the background, and again after it has changed.
/// </summary>
internal sealed class RecallCheck(
    GenerationRegistry generations, SqliteCatalogue catalogue, TimeProvider clock, ILogger<RecallCheck> log) : BackgroundService
{
    private const int Queries = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    // Resting fifty times as long as it worked keeps the check below two per cent of one core at any size.
    private const int RestFactor = 50;

    private volatile RecallFigure? _last;
    private (int Generation, long Sequence) _measuredAt;

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
                    _last = await new IndexRecall(catalogue, clock).MeasureAsync(generation, Queries, stoppingToken);
                    _measuredAt = state;
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
}
