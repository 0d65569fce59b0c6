using System.Diagnostics.Metrics;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Api.Jobs;
using Dml.Api.Telemetry;
using Dml.Contracts;

namespace Dml.Api.Health;

/// <summary>The observable gauges of the meter <c>Dml</c>: queues, index, generation, running jobs and problems.</summary>
internal sealed class Gauges : IDisposable
{
    private readonly Meter _meter = new(DmlMetrics.Name);
    private readonly SqliteCatalogue _catalogue;
    private readonly GenerationRegistry _generations;
    private readonly JobBoard _jobs;
    private readonly RecallCheck _recall;

    public Gauges(
        SqliteCatalogue catalogue, GenerationRegistry generations, JobBoard jobs, RecallCheck recall, KnownProblems problems)
    {
        (_catalogue, _generations, _jobs, _recall) = (catalogue, generations, jobs, recall);
        _meter.CreateObservableGauge(
            "dml.problems", () => problems.All.Count, "{problem}", "What does not work, as GET /healthz/ready lists it.");
        _meter.CreateObservableGauge(
            "dml.queue.length", Queues, "{request}", "Pictures that wait for an embedder thread, writes that wait for a commit.");
        _meter.CreateObservableGauge(
            "dml.index.vectors", () => OfActive(active => active.Index.Count), "{vector}", "Vectors in the active index.");
        _meter.CreateObservableGauge(
            "dml.index.memory", () => OfActive(active => active.Index.MemoryBytes), "By", "Memory of the active index.");
        _meter.CreateObservableGauge(
            "dml.index.recall", Recall, "1", "Recall at ten of the active index, of all items and of the worst stratum.");
        _meter.CreateObservableGauge(
            "dml.generation", () => OfActive(active => active.Number), "{generation}", "Number of the active generation.");
        _meter.CreateObservableGauge(
            "dml.job.done", () => Running(job => job.Done), "{step}", "Completed steps of each running job.");
        _meter.CreateObservableGauge(
            "dml.job.total", () => Running(job => job.Total ?? 0), "{step}", "Steps of each running job; 0 while unknown.");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> Queues() =>
    [
        new(_generations.Active?.Embedder.QueueLength ?? 0, new KeyValuePair<string, object?>("queue", "embedder")),
        new(_catalogue.QueueLength, new KeyValuePair<string, object?>("queue", "commits")),
    ];

    private IEnumerable<Measurement<double>> Recall()
    {
        if (_recall.Last is { } last)
        {
            yield return new(last.Recall, new KeyValuePair<string, object?>("of", "all"));
            if (last.Worst is { } worst)
            {
                yield return new(worst.Recall, new KeyValuePair<string, object?>("of", "worst"));
            }
        }
    }

    private IEnumerable<Measurement<long>> OfActive(Func<Generation, long> read) =>
        _generations.Active is { } active ? [new(read(active))] : [];

    private IEnumerable<Measurement<long>> Running(Func<Job, long> read) =>
        _jobs.All.Where(job => !job.HasEnded).Select(job => new Measurement<long>(
            read(job),
            new("kind", job.Kind.ToString().ToLowerInvariant()),
            new("job", job.Id)));
}
