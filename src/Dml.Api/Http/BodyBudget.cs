using Dml.Embedding;

namespace Dml.Api.Http;

/// <summary>
/// Limits the memory that the bodies of all requests take together, while they arrive and while they are processed. One caller has three
/// quarters of it at most.
/// </summary>
/// <param name="most">The limit in bytes.</param>
/// <param name="least">What a caller may take in any case, in bytes: the largest body.</param>
internal sealed class BodyBudget(long most, long least)
{
    private readonly Lock _lock = new();

    // Without those who have nothing, so that callers who come once leave nothing behind.
    private readonly Dictionary<string, long> _ofCallers = [];
    private readonly long _mostOfOne = Math.Max(CallerShare.Of(most), least);
    private long _taken;

    /// <summary>
    /// False when less than <paramref name="bytes"/> is left, of all or of the caller's share. What is refused is not taken for a moment
    /// either: a body beside it that fits is never refused for its sake.
    /// </summary>
    public bool TryTake(string caller, long bytes)
    {
        lock (_lock)
        {
            var ofCaller = _ofCallers.GetValueOrDefault(caller) + bytes;
            if (bytes > most - _taken || ofCaller > _mostOfOne)
            {
                return false;
            }

            Set(caller, ofCaller);
            _taken += bytes;
            return true;
        }
    }

    public void Return(string caller, long bytes)
    {
        lock (_lock)
        {
            Set(caller, _ofCallers.GetValueOrDefault(caller) - bytes);
            _taken -= bytes;
        }
    }

    private void Set(string caller, long bytes)
    {
        if (bytes == 0)
        {
            _ofCallers.Remove(caller);
        }
        else
        {
            _ofCallers[caller] = bytes;
        }
    }
}
