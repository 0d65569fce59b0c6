using System.Diagnostics.CodeAnalysis;

namespace Dml.Embedding;

/// <summary>
/// Pictures that callers take turns with: a caller of one picture does not wait for the hundreds of another one. Those of one caller leave
/// in the order in which they came. Not safe for concurrent use.
/// </summary>
/// <param name="capacity">Most pictures; a caller with a name has three quarters of the places at most.</param>
internal sealed class FairQueue(int capacity)
{
    private readonly int _mostOfOne = CallerShare.Of(capacity);
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

        if (request.Caller.Length > 0 && _ofCallers.TryGetValue(request.Caller, out var own) && own.Count >= _mostOfOne)
        {
            return false;
        }

        Enqueue(request);
        return true;
    }

    /// <summary>Adds a picture without regard to the capacity.</summary>
    internal void Enqueue(EmbedRequest request)
    {
        if (!_ofCallers.TryGetValue(request.Caller, out var own))
        {
            _ofCallers[request.Caller] = own = new Queue<EmbedRequest>();
            _turns.Enqueue(request.Caller);
        }

        own.Enqueue(request);
        Count++;
    }

    /// <summary>Whether a picture is next of its caller that may leave.</summary>
    internal bool Any(Func<EmbedRequest, bool> mayLeave) => _ofCallers.Values.Any(own => mayLeave(own.Peek()));

    /// <summary>Takes the next picture that may leave. A caller whose next one may not loses its turn.</summary>
    internal bool TryDequeue(Func<EmbedRequest, bool> mayLeave, [NotNullWhen(true)] out EmbedRequest? request)
    {
        for (var callers = _turns.Count; callers > 0; callers--)
        {
            var caller = _turns.Dequeue();
            var own = _ofCallers[caller];
            request = mayLeave(own.Peek()) ? own.Dequeue() : null;
            if (own.Count > 0)
            {
                _turns.Enqueue(caller);
            }
            else
            {
                _ofCallers.Remove(caller);
            }

            if (request is not null)
            {
                Count--;
                return true;
            }
        }

        request = null;
        return false;
    }
}
