using System.Collections.Concurrent;

namespace Dml.Api.Http;

/// <summary>
/// Limits the memory that the bodies of all requests take together, while they arrive and while they are processed. One caller has three
/// quarters of it at most.
/// </summary>
/// <param name="most">The limit in bytes.</param>
/// <param name="least">What a caller may take in any case, in bytes: the largest body.</param>
internal sealed class BodyBudget(long most, long least)
{
    private readonly ConcurrentDictionary<string, long> _ofCallers = new();
    private readonly long _mostOfOne = Math.Max(most - (most / 4), least);
    private long _taken;

    /// <summary>False when less than <paramref name="bytes"/> is left, of all or of the caller's share.</summary>
    public bool TryTake(string caller, long bytes)
    {
        var ofCaller = _ofCallers.AddOrUpdate(caller, bytes, (_, taken) => taken + bytes);
        if (Interlocked.Add(ref _taken, bytes) <= most && ofCaller <= _mostOfOne)
        {
            return true;
        }

        Return(caller, bytes);
        return false;
    }

    public void Return(string caller, long bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        Interlocked.Add(ref _taken, -bytes);
        // Removed at zero, so that callers who come once leave nothing behind; not if another request has just taken some.
        if (_ofCallers.AddOrUpdate(caller, 0, (_, taken) => taken - bytes) == 0)
        {
            _ofCallers.TryRemove(new KeyValuePair<string, long>(caller, 0));
        }
    }
}
