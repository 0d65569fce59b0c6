using Dml.Api.Jobs;
using Dml.Api.Limits;
using Dml.Contracts;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Imports;

/// <summary>
/// The places for imports that run at the same time, of which no caller has more than three quarters. A request holds one from its start
/// until its job has been started.
/// </summary>
internal sealed class ImportPlaces(JobBoard jobs, IOptions<LimitOptions> limits)
{
    private readonly Lock _lock = new();
    private readonly List<string> _requests = [];

    /// <summary>Takes a place; null when there is none for this caller. The caller disposes of it.</summary>
    public IDisposable? TryTake(string caller)
    {
        var places = limits.Value.RunningImports;
        lock (_lock)
        {
            if (_requests.Count + jobs.CountRunning(JobKind.Import) >= places
                || _requests.Count(caller.Equals) + jobs.CountRunning(JobKind.Import, caller) >= CallerShare.Of(places))
            {
                return null;
            }

            _requests.Add(caller);
            return new Place(this, caller);
        }
    }

    private sealed class Place(ImportPlaces places, string caller) : IDisposable
    {
        public void Dispose()
        {
            lock (places._lock)
            {
                places._requests.Remove(caller);
            }
        }
    }
}
