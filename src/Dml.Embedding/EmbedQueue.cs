using System.Diagnostics.CodeAnalysis;

namespace Dml.Embedding;

/// <summary>
/// What waits for the workers: requests before background work, each in the order of their coming. Both are bounded; a
/// request that finds no place is refused, background work waits for one.
/// </summary>
/// <param name="capacity">Most that may wait, of each kind.</param>
/// <param name="takers">Workers that take from it.</param>
internal sealed class EmbedQueue(int capacity, int takers) : IDisposable
{
    // So many requests in a row, then one picture of the background: under endless load it is slow but does not stand.
    private const int RequestsInARow = 16;

    private readonly object _turn = new();
    private readonly Queue<EmbedRequest> _requests = new();
    private readonly Queue<EmbedRequest> _background = new();
    private readonly SemaphoreSlim _backgroundPlaces = new(capacity);
    private int _inARow;
    private int _waitingForPlace;
    private bool _closed;

    /// <summary>Pictures that wait, in the queue or to get into it.</summary>
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

    /// <summary>False when there are as many requests as may wait.</summary>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    internal bool TryAdd(EmbedRequest request) => TryAdd(request, _requests);

    /// <summary>Waits for a place.</summary>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    internal async ValueTask AddAsync(EmbedRequest request, CancellationToken cancel)
    {
        Interlocked.Increment(ref _waitingForPlace);
        try
        {
            await _backgroundPlaces.WaitAsync(cancel).ConfigureAwait(false);
            TryAdd(request, _background);
        }
        catch (ObjectDisposedException)
        {
            // The place goes to the next one, which must hear it too.
            _backgroundPlaces.Release();
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _waitingForPlace);
        }
    }

    /// <summary>
    /// Waits for the next one and takes with it what waits already, as far as that is one worker's share: nobody waits
    /// for others to come, and no worker takes what an idle one could. False when the queue is closed and empty.
    /// </summary>
    /// <param name="taken">Receives them, in their order.</param>
    /// <param name="bound">Most that are taken.</param>
    internal bool TryTake(List<EmbedRequest> taken, int bound)
    {
        taken.Clear();
        var places = 0;
        lock (_turn)
        {
            // Unlike a semaphore, a monitor does not spin before it sleeps: idle workers leave the cores to others.
            while (_requests.Count + _background.Count == 0)
            {
                if (_closed)
                {
                    return false;
                }

                Monitor.Wait(_turn);
            }

            var share = (_requests.Count + _background.Count + takers - 1) / takers;
            for (var i = Math.Min(share, bound); i > 0; i--)
            {
                var isBackgroundsTurn = _requests.Count == 0 || (_inARow >= RequestsInARow && _background.Count > 0);
                _inARow = isBackgroundsTurn ? 0 : _inARow + 1;
                places += isBackgroundsTurn ? 1 : 0;
                taken.Add((isBackgroundsTurn ? _background : _requests).Dequeue());
            }
        }

        if (places > 0)
        {
            _backgroundPlaces.Release(places);
        }

        return true;
    }

    /// <summary>
    /// Takes one request that came while the worker was busy with others, if there is one: no worker was idle, or it would
    /// have it. Background work is left where it is, so that no request waits for it.
    /// </summary>
    internal bool TryTakeLate([NotNullWhen(true)] out EmbedRequest? request)
    {
        lock (_turn)
        {
            var isThere = _requests.TryDequeue(out request);
            _inARow += isThere ? 1 : 0;
            return isThere;
        }
    }

    /// <summary>Takes nothing more; what is in it can still be taken, and who waits for a place is told.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _closed = true;
            Monitor.PulseAll(_turn);
        }
    }

    private bool TryAdd(EmbedRequest request, Queue<EmbedRequest> lane)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Embedder));
            if (lane.Count >= capacity)
            {
                return false;
            }

            lane.Enqueue(request);
            Monitor.Pulse(_turn);
            return true;
        }
    }
}
