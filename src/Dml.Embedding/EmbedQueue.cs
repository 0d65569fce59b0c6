using System.Diagnostics.CodeAnalysis;

namespace Dml.Embedding;

/// <summary>
/// Pictures that wait for the workers: requests before background work. Callers take turns with both, and neither a caller nor pictures
/// that take long to decode have all workers. Both kinds are bounded. A request that finds no place is refused; background work waits for
/// one.
/// </summary>
/// <param name="capacity">Most pictures of each kind that may wait.</param>
/// <param name="workersOfOne">The most workers that one caller has.</param>
internal sealed class EmbedQueue(int capacity, int workersOfOne) : IDisposable
{
    // After so many requests in a row, one background picture is taken, so that under endless load it is slow but does not stop.
    private const int RequestsInARow = 16;

    // One worker for whatever another caller sends, and one that only pictures have which are decoded soon, whoever sends the others.
    private const int SpareWorkers = 2;

    private readonly object _turn = new();
    private readonly FairQueue _requests = new(capacity);
    // The places bound it.
    private readonly FairQueue _background = new(int.MaxValue);
    private readonly SemaphoreSlim _backgroundPlaces = new(capacity);
    private readonly Dictionary<string, int> _workersOf = [];
    private int _heavyWorkers;
    private int _inARow;
    private int _waitingForPlace;
    private bool _closed;

    /// <summary>Number of workers that take from the queue.</summary>
    internal int Workers => workersOfOne + SpareWorkers;

    /// <summary>Number of pictures that are waiting, in the queue or to enter it.</summary>
    internal int Length
    {
        get
        {
            lock (_turn)
            {
                return _requests.Count + _background.Count + Volatile.Read(ref _waitingForPlace);
            }
        }
    }

    /// <summary>Adds a request.</summary>
    /// <returns>False if the queue, or its caller's share of it, is full.</returns>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    internal bool TryAdd(EmbedRequest request)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Embedder));
            if (!_requests.TryEnqueue(request))
            {
                return false;
            }

            PulseFor(request);
            return true;
        }
    }

    /// <summary>Adds background work as soon as there is a place for it.</summary>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    internal async ValueTask AddAsync(EmbedRequest request, CancellationToken cancel)
    {
        Interlocked.Increment(ref _waitingForPlace);
        try
        {
            await _backgroundPlaces.WaitAsync(cancel).ConfigureAwait(false);
            AddBackground(request);
        }
        catch (ObjectDisposedException)
        {
            // The place wakes the next one that waits, which fails in the same way.
            _backgroundPlaces.Release();
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _waitingForPlace);
        }
    }

    /// <summary>Begins a worker's turn with the next picture; waits for it.</summary>
    /// <returns>False if the queue is closed and what is left in it is for other workers.</returns>
    internal bool TryTake(EmbedTurn turn, [NotNullWhen(true)] out EmbedRequest? request)
    {
        lock (_turn)
        {
            // Unlike a semaphore, a monitor does not spin before it sleeps, so idle workers leave the cores to others.
            while (!TryTakeNext(turn, isFirst: true, out request))
            {
                if (_closed)
                {
                    return false;
                }

                Monitor.Wait(_turn);
            }

            // The end of this worker's last turn may have freed what others were kept from.
            if (_requests.Any(MayBegin) || _background.Any(MayBegin))
            {
                Monitor.Pulse(_turn);
            }
        }

        FreePlace(request);
        return true;
    }

    /// <summary>
    /// Takes one more picture that came while the worker was busy; does not wait. Background work joins only other background work, so that
    /// no request waits for it.
    /// </summary>
    /// <returns>False if there is none for this turn.</returns>
    internal bool TryTakeMore(EmbedTurn turn, [NotNullWhen(true)] out EmbedRequest? request)
    {
        lock (_turn)
        {
            if (!TryTakeNext(turn, isFirst: false, out request))
            {
                return false;
            }
        }

        FreePlace(request);
        return true;
    }

    /// <summary>Whether the turn may go on with a picture that takes long to decode; if not, <see cref="PutBack"/> it.</summary>
    internal bool TryBeginHeavy(EmbedTurn turn)
    {
        lock (_turn)
        {
            if (!turn.HasHeavy && _heavyWorkers < Workers - 1)
            {
                _heavyWorkers++;
                turn.HasHeavy = true;
            }

            return turn.HasHeavy;
        }
    }

    /// <summary>Puts back a picture that takes long to decode, until fewer workers have such pictures.</summary>
    internal void PutBack(EmbedRequest request)
    {
        lock (_turn)
        {
            request.IsHeavy = true;
            QueueOf(request).Enqueue(request);
        }
    }

    /// <summary>Ends a worker's turn.</summary>
    internal void End(EmbedTurn turn)
    {
        lock (_turn)
        {
            foreach (var caller in turn.Callers)
            {
                if (--_workersOf[caller] == 0)
                {
                    _workersOf.Remove(caller);
                }
            }

            _heavyWorkers -= turn.HasHeavy ? 1 : 0;
        }

        turn.Callers.Clear();
        (turn.HasHeavy, turn.HasRequests) = (false, false);
    }

    /// <summary>Closes the queue. Pictures in it can still be taken; adding others fails.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _closed = true;
            Monitor.PulseAll(_turn);
        }
    }

    private void AddBackground(EmbedRequest request)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Embedder));
            _background.Enqueue(request);
            PulseFor(request);
        }
    }

    private bool TryTakeNext(EmbedTurn turn, bool isFirst, [NotNullWhen(true)] out EmbedRequest? request)
    {
        var isBackgroundsTurn = isFirst && _inARow >= RequestsInARow;
        if ((isBackgroundsTurn || !_requests.TryDequeue(MayJoin, out request))
            && (turn.HasRequests || !_background.TryDequeue(MayJoin, out request))
            && (!isBackgroundsTurn || !_requests.TryDequeue(MayJoin, out request)))
        {
            request = null;
            return false;
        }

        var isRequest = request.Priority == EmbedPriority.Request;
        _inARow = isRequest ? _inARow + 1 : 0;
        turn.HasRequests |= isRequest;
        if (turn.Callers.Add(request.Caller))
        {
            _workersOf[request.Caller] = _workersOf.GetValueOrDefault(request.Caller) + 1;
        }

        return true;

        bool MayJoin(EmbedRequest waiting) => MayTake(waiting, turn);
    }

    private bool MayTake(EmbedRequest request, EmbedTurn? turn) =>
        (turn?.Callers.Contains(request.Caller) == true || _workersOf.GetValueOrDefault(request.Caller) < workersOfOne)
        && (!request.IsHeavy || turn?.HasHeavy == true || _heavyWorkers < Workers - 1);

    // Whether an idle worker may take it.
    private bool MayBegin(EmbedRequest request) => MayTake(request, null);

    // Does not wake a worker that would have to leave the picture to the others.
    private void PulseFor(EmbedRequest request)
    {
        if (MayBegin(request))
        {
            Monitor.Pulse(_turn);
        }
    }

    private FairQueue QueueOf(EmbedRequest request) => request.Priority == EmbedPriority.Request ? _requests : _background;

    // One that was put back has freed its place already.
    private void FreePlace(EmbedRequest request)
    {
        if (request is { Priority: EmbedPriority.Background, IsHeavy: false })
        {
            _backgroundPlaces.Release();
        }
    }
}
