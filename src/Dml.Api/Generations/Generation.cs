using Dml.Api.Catalogue;
using Dml.Embedding;
using Dml.Index;

namespace Dml.Api.Generations;

/// <summary>
/// One embedder and the index of what it has embedded. A request holds it from its beginning to its end, so that a
/// generation that is replaced meanwhile closes after its last request.
/// </summary>
internal sealed class Generation(StoredGeneration row, Embedder embedder, IVectorIndex index, long sequence) : IDisposable
{
    private int _holds = 1;
    private long _applied = sequence;
    private volatile bool _isLevel = true;

    public int Number => row.Number;

    public Embedder Embedder => embedder;

    public IVectorIndex Index => index;

    public string Model => row.Model;

    public string Fingerprint => embedder.Fingerprint;

    public int Dimension => embedder.Dimension;

    /// <summary>Requests that hold it at the moment.</summary>
    public int Requests => Math.Max(0, Volatile.Read(ref _holds) - 1);

    /// <summary>
    /// The sequence number up to which the index holds every change. It stays behind for good after a change that
    /// the index could not take, so that the next start replays that change.
    /// </summary>
    public long AppliedSequence => Interlocked.Read(ref _applied);

    /// <summary>Takes a hold, which <see cref="Dispose"/> gives back; false when the generation has closed.</summary>
    public bool TryHold()
    {
        for (var holds = Volatile.Read(ref _holds); holds > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _holds, holds + 1, holds);
            if (seen == holds)
            {
                return true;
            }

            holds = seen;
        }

        return false;
    }

    public void Apply(IReadOnlyList<CommittedChange> changes)
    {
        try
        {
            foreach (var change in changes)
            {
                Apply(change);
            }
        }
        catch
        {
            _isLevel = false;
            throw;
        }

        if (_isLevel && changes.Count > 0)
        {
            Interlocked.Exchange(ref _applied, changes[^1].Sequence);
        }
    }

    /// <summary>Gives one hold back; the last one closes the embedder.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holds) == 0)
        {
            embedder.Dispose();
        }
    }

    private void Apply(CommittedChange change)
    {
        if (change.Of(Fingerprint) is { } embedding)
        {
            index.Upsert(change.Key, embedding.Vector);
        }
        else if (change.PictureChanged)
        {
            index.Remove(change.Key);
        }
    }
}
