namespace Dml.Embedding;

/// <summary>
/// Where decoded pictures meet. Those that find a free run go at once, without waiting for others; those that come
/// while all runs are busy are taken together by the run that ends first, up to a bound. The thread that brings
/// pictures does the run, so that none is handed from thread to thread.
/// </summary>
internal sealed class MicroBatch : IDisposable
{
    private readonly Lock _turn = new();
    private readonly int _bound;
    private readonly Queue<DecodedPicture> _waiting = new();
    private readonly Stack<Action<IReadOnlyList<DecodedPicture>>> _freeRuns;
    private readonly Stack<DecodedPicture> _freePictures = new();
    private readonly SemaphoreSlim _places;

    /// <param name="runs">What may go on at the same time; each ends the requests of its pictures.</param>
    /// <param name="bound">Most pictures of one run.</param>
    /// <param name="decoders">Threads that bring pictures.</param>
    /// <param name="numbers">Length of one picture's pixels.</param>
    internal MicroBatch(IReadOnlyCollection<Action<IReadOnlyList<DecodedPicture>>> runs, int bound, int decoders, int numbers)
    {
        _bound = bound;
        _freeRuns = new(runs);
        // A batch for every thread that decodes and one that waits for every run: decoders go no further ahead.
        var pictures = (decoders + (bound > 1 ? runs.Count : 0)) * bound;
        for (var i = 0; i < pictures; i++)
        {
            _freePictures.Push(new DecodedPicture(numbers));
        }

        _places = new SemaphoreSlim(pictures);
    }

    /// <summary>Memory to decode into; waits while decoders are as far ahead as they may be.</summary>
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

    /// <summary>Sees to it that pictures are run: here and now when a run is free, otherwise by one that is under way.</summary>
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

    // Gives the run back when nothing waits: in the same breath, so that no picture can slip in between.
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
