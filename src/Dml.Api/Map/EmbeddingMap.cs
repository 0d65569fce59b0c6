using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Contracts;
using Dml.Files;

namespace Dml.Api.Map;

/// <summary>
/// Computes the active generation's map in the background, on one low-priority thread: when it is first requested, after
/// every later switch of the generation, and when it is requested after the catalogue has changed.
/// </summary>
internal sealed class EmbeddingMap(
    GenerationRegistry generations, SqliteCatalogue catalogue, TimeProvider clock, ILogger<EmbeddingMap> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(30);

    // During an import every request finds a changed catalogue; resting keeps the cost below a twentieth of one core.
    private const int RestFactor = 20;

    private readonly SemaphoreSlim _asked = new(0, 1);
    private volatile MapResponse? _last;
    private long _sequence = -1;
    private long _endedAt;
    private TimeSpan _rest;
    private double _done;

    /// <summary>The newest map, possibly of a former generation; null before the first one.</summary>
    public MapResponse? Last => _last;

    /// <summary>Completed share of the work on the next map, 0 to 1.</summary>
    public double Done => Math.Round(Volatile.Read(ref _done), 3);

    /// <summary>Requests an up-to-date map.</summary>
    public void Ask()
    {
        if (_asked.CurrentCount == 0)
        {
            try
            {
                _asked.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another caller requested it at the same time.
            }
        }
    }

    public override void Dispose()
    {
        _asked.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        while (true)
        {
            var asked = await _asked.WaitAsync(Look, stoppingToken);
            using var lease = generations.Acquire();
            if (lease is null || !IsWanted(lease.Generation, asked))
            {
                continue;
            }

            try
            {
                await ComputeAsync(lease.Generation, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                log.LogError(exception, "The map could not be computed");
            }
        }
    }

    private bool IsWanted(Generation generation, bool asked)
    {
        if (_last is not { } last)
        {
            return asked;
        }

        return last.Generation != generation.Number
            || (asked && _sequence != generation.AppliedSequence && clock.GetElapsedTime(_endedAt) > _rest);
    }

    private async Task ComputeAsync(Generation generation, CancellationToken cancel)
    {
        var begin = clock.GetTimestamp();
        Volatile.Write(ref _done, 0);
        var sequence = generation.AppliedSequence;
        var sample = await MapSample.TakeAsync(catalogue, generation, cancel);
        var places = await LowPriorityThread.RunAsync(
            "map", () => Projection.Of(sample.Vectors, generation.Dimension, done => Volatile.Write(ref _done, done), cancel));
        var items = await catalogue.FindAsync(sample.Keys, cancel);
        var points = new List<MapPoint>(items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i] is { } item)
            {
                points.Add(new MapPoint(item.Id, item.Label, MathF.Round(places[2 * i], 4), MathF.Round(places[(2 * i) + 1], 4)));
            }
        }

        _last = new MapResponse(
            generation.Number, generation.Model, generation.Fingerprint, sample.Items, clock.GetUtcNow(), points);
        _sequence = sequence;
        _endedAt = clock.GetTimestamp();
        var took = clock.GetElapsedTime(begin, _endedAt);
        _rest = took * RestFactor > ShortestRest ? took * RestFactor : ShortestRest;
        log.LogInformation(
            "The map of generation {Number} shows {Count} items, computed in {Seconds:F1} s", generation.Number, points.Count,
            took.TotalSeconds);
    }
}
