using Dml.Api.Catalogue;
using Dml.Index;

namespace Dml.Api.Models;

/// <summary>
/// Measures in the background how many of the true ten nearest items the index finds: a sample of items asks, the
/// catalogue's vectors are the oracle. Null until it was measured.
/// </summary>
internal sealed class RecallCheck(Generations generations, ICatalogue catalogue, ILogger<RecallCheck> log) : BackgroundService
{
    private const int Neighbours = 10;
    private const int Queries = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    // Resting fifty times as long as it works keeps the check below two per cent of one core at any size.
    private const int RestFactor = 50;

    private volatile RecallFigure? _last;
    private long _measuredAt = -1;

    public RecallFigure? Last => _last;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        while (true)
        {
            var begin = TimeProvider.System.GetTimestamp();
            var sequence = generations.AppliedSequence;
            if (generations.Active is { } generation && sequence != _measuredAt)
            {
                try
                {
                    _last = await MeasureAsync(generation, stoppingToken);
                    _measuredAt = sequence;
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    log.LogError(exception, "The recall check failed");
                }
            }
            var rest = TimeProvider.System.GetElapsedTime(begin) * RestFactor;
            await Task.Delay(rest > Pause ? rest : Pause, stoppingToken);
        }
    }

    /// <summary>Recall of the ten nearest, each item itself left out; null when there are too few items.</summary>
    public async Task<RecallFigure?> MeasureAsync(Generation generation, CancellationToken cancel)
    {
        var queries = await SampleAsync(generation, cancel);
        var truth = queries.ConvertAll(_ => new NearestList(Neighbours));
        await foreach (var (key, vector) in catalogue.EmbeddingsAsync(generation.Fingerprint, after: 0, cancel))
        {
            for (var i = 0; i < queries.Count; i++)
            {
                if (queries[i].Key != key)
                {
                    truth[i].Offer(key, DotProduct.Of(queries[i].Vector, vector));
                }
            }
        }
        int found = 0, wanted = 0;
        var neighbours = new Neighbor[Neighbours + 1];
        for (var i = 0; i < queries.Count; i++)
        {
            var count = generation.Index.Search(queries[i].Vector, neighbours);
            var right = 0;
            for (var n = 0; n < count; n++)
            {
                right += neighbours[n].Key != queries[i].Key && truth[i].Reaches(neighbours[n].Score) ? 1 : 0;
            }
            wanted += truth[i].Count;
            found += Math.Min(right, truth[i].Count);
        }
        return wanted == 0 ? null : new RecallFigure(found / (double)wanted, queries.Count, DateTimeOffset.UtcNow);
    }

    // Reservoir sampling (Vitter 1985, algorithm R): every item has the same chance, and only the sample is kept.
    private async Task<List<StoredEmbedding>> SampleAsync(Generation generation, CancellationToken cancel)
    {
        var random = new Random(1);
        var sample = new List<StoredEmbedding>(Queries);
        var seen = 0;
        await foreach (var embedding in catalogue.EmbeddingsAsync(generation.Fingerprint, after: 0, cancel))
        {
            if (sample.Count < Queries)
            {
                sample.Add(embedding);
            }
            else if (random.Next(seen + 1) is var place && place < Queries)
            {
                sample[place] = embedding;
            }
            seen++;
        }
        return sample;
    }
}
