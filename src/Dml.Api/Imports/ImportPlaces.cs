using Dml.Api.Jobs;
using Dml.Api.Limits;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Imports;

/// <summary>The places for imports that run at the same time. A request holds one from its start until its job has been started.</summary>
internal sealed class ImportPlaces(JobBoard jobs, IOptions<LimitOptions> limits)
{
    private readonly Lock _lock = new();
    private int _requests;

    /// <summary>Takes a place; null when there is none. The caller disposes of it.</summary>
    public IDisposable? TryTake()
    {
        lock (_lock)
        {
            if (_requests + jobs.CountRunning(JobKind.Import) >= limits.Value.RunningImports)
            {
                return null;
            }

            _requests++;
            return new Place(this);
        }
    }

    private sealed class Place(ImportPlaces places) : IDisposable
    {
        public void Dispose()
        {
            lock (places._lock)
            {
                places._requests--;
            }
        }
    }
}
