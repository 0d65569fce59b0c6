using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Audit;
using Dml.Api.Configuration;
using Dml.Api.Failures;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Jobs;

/// <summary>Starts, tracks and cancels jobs. Their history outlives the process.</summary>
internal sealed class JobBoard : IHostedService, IDisposable
{
    private const int KeptJobs = 100;
    private static readonly long LatestTime = DateTimeOffset.MaxValue.AddDays(-1).ToUnixTimeMilliseconds();
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EventInterval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, RunningJob> _jobs = new();
    private readonly ConcurrentDictionary<JobKind, JobReservation> _reserved = new();
    private readonly CancellationTokenSource _stopping = new();

    // A job is on the board before the service stops, and is cancelled and awaited, or it is not started.
    private readonly Lock _starting = new();
    private readonly JobFiles _files;
    private readonly TimeProvider _clock;
    private readonly AuditLog _audit;
    private readonly ILogger _log;
    private bool _isStopping;

    public JobBoard(IOptions<DataOptions> data, TimeProvider clock, AuditLog audit, ILogger<JobBoard> log)
    {
        (_log, _audit, _clock) = (log, audit, clock);
        _files = new JobFiles(Path.Combine(data.Value.Folder, "jobs"), log);
        foreach (var (job, by) in _files.Load())
        {
            var known = job.HasEnded
                ? job
                : job with { State = JobState.Failed, Message = Interrupted(job), EndedAt = clock.GetUtcNow() };
            if (known != job)
            {
                _files.Save(known, by);
                RecordEnd(known, by);
            }

            _jobs[known.Id] = new RunningJob(known, by);
        }
    }

    /// <summary>All known jobs, newest first.</summary>
    public IReadOnlyList<Job> All => [.. _jobs.Values.Select(job => job.Now).OrderByDescending(job => job.Id, StringComparer.Ordinal)];

    /// <summary>Whether the service is stopping; true before any job is cancelled for that reason.</summary>
    public bool IsStopping => Volatile.Read(ref _isStopping);

    /// <summary>Jobs of a kind that have not ended, of one caller or of all.</summary>
    public int CountRunning(JobKind kind, string? caller = null) =>
        _jobs.Values.Count(job => job.Now.Kind == kind && !job.Now.HasEnded && (caller is null || job.Caller == caller));

    public Job? Find(string id) => _jobs.TryGetValue(id, out var job) ? job.Now : null;

    /// <summary>Reserves the right to run the only job of a kind; null while another reservation of this kind exists.</summary>
    public JobReservation? TryReserve(JobKind kind)
    {
        var reservation = new JobReservation(this, kind);
        return _reserved.TryAdd(kind, reservation) ? reservation : null;
    }

    /// <summary>
    /// The job that holds the reservation of a kind, and what it works on; null when there is none, or when it has not been started yet.
    /// </summary>
    public (Job Job, string? Subject)? FindReserved(JobKind kind) =>
        _reserved.TryGetValue(kind, out var reservation) && reservation.JobId is { } id && Find(id) is { } job
            ? (job, reservation.Subject)
            : null;

    internal void Release(JobKind kind) => _reserved.TryRemove(kind, out _);

    /// <summary>Starts a job without a reservation.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="message">The same in words.</param>
    /// <param name="work">Returns the job's result.</param>
    /// <param name="caller">Whose share of the jobs of this kind it counts for; empty for the service itself.</param>
    /// <exception cref="OperationCanceledException">The service is stopping.</exception>
    public Job Start(JobKind kind, string message, Func<JobProgress, CancellationToken, Task<JsonObject?>> work, string caller = "")
    {
        lock (_starting)
        {
            if (_isStopping)
            {
                throw new OperationCanceledException("The service is stopping.");
            }

            var job = new RunningJob(new Job
            {
                Id = NewId(),
                Kind = kind,
                State = JobState.Running,
                Message = message,
                StartedAt = _clock.GetUtcNow(),
            }, AuditActor.Current, caller);
            _files.Save(job.Now, job.By);
            Forget();
            _jobs[job.Now.Id] = job;
            job.Work = Task.Run(() => RunAsync(job, work));
            return job.Now;
        }
    }

    /// <summary>Waits until a job has ended or <paramref name="patience"/> has passed; returns its state then.</summary>
    public async Task<Job> WaitAsync(string id, TimeSpan patience, CancellationToken cancel)
    {
        var job = _jobs[id];
        try
        {
            await job.Work.WaitAsync(patience, cancel);
        }
        catch (TimeoutException)
        {
        }

        return job.Now;
    }

    /// <summary>Requests cancellation of a job; null when there is no such job. A job that has ended is unchanged.</summary>
    public Job? Cancel(string id)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            return null;
        }

        if (!job.Now.HasEnded)
        {
            job.CancelRequested = true;
            job.Cancellation.Cancel();
        }

        return job.Now;
    }

    /// <summary>The job now and after each change, at most a few times a second, until it has ended.</summary>
    public async IAsyncEnumerable<Job> WatchAsync(string id, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            yield break;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, _stopping.Token);
        while (true)
        {
            var (now, changed) = job.Look();
            yield return now;
            if (now.HasEnded || !await WaitAsync(changed, end.Token))
            {
                yield break;
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_starting)
        {
            Volatile.Write(ref _isStopping, true);
        }

        await _stopping.CancelAsync();
        foreach (var job in _jobs.Values)
        {
            await job.Cancellation.CancelAsync();
        }

        await Task.WhenAll(_jobs.Values.Select(job => job.Work)).WaitAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();

    private static async Task<bool> WaitAsync(Task changed, CancellationToken end)
    {
        try
        {
            await changed.WaitAsync(end);
            await Task.Delay(EventInterval, end);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task RunAsync(RunningJob job, Func<JobProgress, CancellationToken, Task<JsonObject?>> work)
    {
        using var timer = new Timer(_ => _files.Save(job.Now, job.By), null, SaveInterval, SaveInterval);
        Job end;
        try
        {
            var result = await work(new JobProgress(job), job.Cancellation.Token);
            end = job.Now with { State = JobState.Succeeded, Result = result };
        }
        catch (OperationCanceledException) when (job.CancelRequested)
        {
            end = job.Now with { State = JobState.Cancelled, Message = "Cancelled." };
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            end = job.Now with { State = JobState.Failed, Message = Interrupted(job.Now) };
        }
        catch (JobFailedException failure)
        {
            _log.LogWarning("Job {Id} ({Kind}) failed: {Problem}", job.Now.Id, job.Now.Kind, failure.Message);
            end = job.Now with { State = JobState.Failed, Message = failure.Message, Result = failure.Result };
        }
        catch (Exception exception) when (OutOfSpace.Caused(exception))
        {
            _log.LogError("Job {Id} ({Kind}) failed: {Problem}", job.Now.Id, job.Now.Kind, exception.Message);
            end = job.Now with { State = JobState.Failed, Message = OutOfSpace.Explanation };
        }
        catch (Exception exception) when (OutOfFiles.Caused(exception))
        {
            _log.LogError("Job {Id} ({Kind}) failed: {Problem}", job.Now.Id, job.Now.Kind, exception.Message);
            end = job.Now with { State = JobState.Failed, Message = OutOfFiles.Explanation };
        }
        catch (Exception exception) when (CatalogueLock.Caused(exception))
        {
            _log.LogError("Job {Id} ({Kind}) failed: {Problem}", job.Now.Id, job.Now.Kind, exception.Message);
            end = job.Now with { State = JobState.Failed, Message = CatalogueLock.Explanation };
        }
        catch (Exception exception)
        {
            _log.LogError(exception, "Job {Id} ({Kind}) failed", job.Now.Id, job.Now.Kind);
            end = job.Now with { State = JobState.Failed, Message = exception.Message };
        }

        await timer.DisposeAsync();
        end = end with { EndedAt = _clock.GetUtcNow() };
        _files.Save(end, job.By);
        RecordEnd(end, job.By);
        job.Update(_ => end);
    }

    private void RecordEnd(Job job, AuditActor? by) => _audit.Write(
        new AuditEntry(
            AuditEntry.JobEnd,
            job.State switch
            {
                JobState.Succeeded => AuditOutcome.Done,
                JobState.Cancelled => AuditOutcome.Cancelled,
                _ => AuditOutcome.Failed,
            })
        {
            Target = JsonNamingPolicy.CamelCase.ConvertName(job.Kind.ToString()),
            Key = by?.Key,
            Address = by?.Address,
            Job = job.Id,
            Detail = job.Message,
        });

    // Ids are times, and their order is that of the jobs, also where the clock has been set back: otherwise the newest job would be the
    // first to be forgotten.
    private string NewId()
    {
        // In whole milliseconds, as ids have them.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());
        var newest = _jobs.Keys.Select(TimeOf).DefaultIfEmpty().Max();
        return Guid.CreateVersion7(now > newest ? now : newest.AddMilliseconds(1)).ToString("N");
    }

    // The first 48 bits of a UUID of version 7 are milliseconds since 1970. A file that somebody named otherwise is older than all.
    private static DateTimeOffset TimeOf(string id) =>
        Guid.TryParseExact(id, "N", out _)
            && long.Parse(id.AsSpan(0, 12), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var milliseconds
            && milliseconds < LatestTime
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : DateTimeOffset.MinValue;

    private static string Interrupted(Job job) =>
        $"The service stopped while this job ran, after {job.Done} of {job.Total?.ToString() ?? "an unknown number of"} steps.";

    private void Forget()
    {
        foreach (var old in All.Where(job => job.HasEnded).Skip(KeptJobs))
        {
            _jobs.TryRemove(old.Id, out _);
            _files.Delete(old.Id);
        }
    }
}
