using System.Diagnostics.CodeAnalysis;

namespace Dml.Embedding;

/// <summary>
/// Pictures that wait for the workers: requests before background work. Callers take turns with their requests; background work is first
/// in, first out. Both are bounded. A request that finds no place is refused; background work waits for one.
/// </summary>
/// <param name="capacity">Most pictures of each kind that may wait.</param>
/// <param name="takers">Number of workers that take from the queue.</param>
internal sealed class EmbedQueue(int capacity, int takers) : IDisposable
{
    // After so many requests in a row, one background picture is taken, so that under endless load it is slow but does not stop.
    private const int RequestsInARow = 16;

    private readonly object _turn = new();
    private readonly FairQueue _requests = new(capacity);
    private readonly Queue<EmbedRequest> _background = new();
    private readonly SemaphoreSlim _backgroundPlaces = new(capacity);
    private int _inARow;
    private int _waitingForPlace;
    private bool _closed;

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

            Monitor.Pulse(_turn);
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

    /// <summary>
    /// Waits for the next picture and takes it together with those that are waiting already, up to one worker's share. It does not
    /// wait for a batch to fill up, and leaves pictures for idle workers.
    /// </summary>
    /// <param name="taken">Receives the pictures, in order.</param>
    /// <param name="bound">Most pictures to take.</param>
    /// <returns>False if the queue is closed and empty.</returns>
    internal bool TryTake(List<EmbedRequest> taken, int bound)
    {
        taken.Clear();
        var places = 0;
        lock (_turn)
        {
            // Unlike a semaphore, a monitor does not spin before it sleeps, so idle workers leave the cores to others.
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
                taken.Add(!isBackgroundsTurn && _requests.TryDequeue(out var request) ? request : _background.Dequeue());
            }
        }

        if (places > 0)
        {
            _backgroundPlaces.Release(places);
        }

        return true;
    }

    /// <summary>
    /// Takes one request that arrived while the worker was busy with others. No worker was idle, or it would have taken the request.
    /// Background work stays in the queue, so that no request waits for it.
    /// </summary>
    /// <returns>False if there is none.</returns>
    internal bool TryTakeLate([NotNullWhen(true)] out EmbedRequest? request)
    {
        lock (_turn)
        {
            var isThere = _requests.TryDequeue(out request);
            _inARow += isThere ? 1 : 0;
            return isThere;
        }
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
            Monitor.Pulse(_turn);
        }
    }
}
