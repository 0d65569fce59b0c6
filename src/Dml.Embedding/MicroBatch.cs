namespace Dml.Embedding;

/// <summary>
/// Batches decoded pictures for the network. If a run is free, pictures are run immediately and do not wait for others.
/// Pictures that arrive while all runs are busy are taken together, up to a maximum, by the first run that ends. The thread that
/// adds pictures also runs them, so that they are not handed from thread to thread.
/// </summary>
internal sealed class MicroBatch : IDisposable
{
    private readonly Lock _turn = new();
    private readonly int _bound;
    private readonly Queue<DecodedPicture> _waiting = new();
    private readonly Stack<Action<IReadOnlyList<DecodedPicture>>> _freeRuns;
    private readonly Stack<DecodedPicture> _freePictures = new();
    private readonly SemaphoreSlim _places;

    /// <param name="runs">The runs that may be active at the same time; each completes the requests of its pictures.</param>
    /// <param name="bound">Most pictures in one run.</param>
    /// <param name="decoders">Number of threads that add pictures.</param>
    /// <param name="numbers">Length of one picture's pixels.</param>
    internal MicroBatch(IReadOnlyCollection<Action<IReadOnlyList<DecodedPicture>>> runs, int bound, int decoders, int numbers)
    {
        _bound = bound;
        _freeRuns = new(runs);
        // One batch for each decoding thread and one that waits for each run. Decoders get no further ahead.
        var pictures = (decoders + (bound > 1 ? runs.Count : 0)) * bound;
        for (var i = 0; i < pictures; i++)
        {
            _freePictures.Push(new DecodedPicture(numbers));
        }

        _places = new SemaphoreSlim(pictures);
    }

    /// <summary>Memory to decode into. Waits while decoders are as far ahead as they may be.</summary>
    internal DecodedPicture Rent()
    {
        _places.Wait();
        lock (_turn)
        {
            return _freePictures.Pop();
        }
    }

    internal void Return(DecodedPicture picture)
    {
        picture.Request = null;
        lock (_turn)
        {
            _freePictures.Push(picture);
        }

        _places.Release();
    }

    /// <summary>Runs the pictures: immediately if a run is free, otherwise as part of the next batch of a run in progress.</summary>
    internal void Add(IReadOnlyList<DecodedPicture> pictures)
    {
        Action<IReadOnlyList<DecodedPicture>>? run;
        lock (_turn)
        {
            foreach (var picture in pictures)
            {
                _waiting.Enqueue(picture);
            }

            if (_waiting.Count == 0 || !_freeRuns.TryPop(out run))
            {
                return;
            }
        }

        List<DecodedPicture> batch = new(_bound);
        while (TryTake(run, batch))
        {
            run(batch);
            batch.ForEach(Return);
        }
    }

    public void Dispose() => _places.Dispose();

    // Returns the run if no picture is waiting. This is one step under the lock, so that no picture can be missed in between.
    private bool TryTake(Action<IReadOnlyList<DecodedPicture>> run, List<DecodedPicture> batch)
    {
        batch.Clear();
        lock (_turn)
        {
            while (batch.Count < _bound && _waiting.TryDequeue(out var picture))
            {
                batch.Add(picture);
            }

            if (batch.Count == 0)
            {
                _freeRuns.Push(run);
            }
        }

        return batch.Count > 0;
    }
}
