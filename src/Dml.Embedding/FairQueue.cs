using System.Diagnostics.CodeAnalysis;

namespace Dml.Embedding;

/// <summary>
/// Requests that callers take turns with: a caller of one picture does not wait for the hundreds of another one. Those of one caller leave
/// in the order in which they came. Not safe for concurrent use.
/// </summary>
/// <param name="capacity">Most requests; a caller with a name has three quarters of the places at most.</param>
internal sealed class FairQueue(int capacity)
{
    private readonly int _mostOfOne = capacity - (capacity / 4);
    private readonly Dictionary<string, Queue<EmbedRequest>> _ofCallers = [];

    // Callers with requests, in the order of their turns.
    private readonly Queue<string> _turns = new();

    internal int Count { get; private set; }

    /// <summary>False when the queue, or its caller's share, is full.</summary>
    internal bool TryEnqueue(EmbedRequest request)
    {
        if (Count >= capacity)
        {
            return false;
        }

        if (!_ofCallers.TryGetValue(request.Caller, out var own))
        {
            _ofCallers[request.Caller] = own = new Queue<EmbedRequest>();
            _turns.Enqueue(request.Caller);
        }
        else if (own.Count >= _mostOfOne && request.Caller.Length > 0)
        {
            return false;
        }

        own.Enqueue(request);
        Count++;
        return true;
    }

    internal bool TryDequeue([NotNullWhen(true)] out EmbedRequest? request)
    {
        if (!_turns.TryDequeue(out var caller))
        {
            request = null;
            return false;
        }

        var own = _ofCallers[caller];
        request = own.Dequeue();
        Count--;
        if (own.Count > 0)
        {
            _turns.Enqueue(caller);
        }
        else
        {
            _ofCallers.Remove(caller);
        }

        return true;
    }
}
