using Dml.Api.Catalogue;
using Dml.Embedding;
using Dml.Index;

namespace Dml.Api.Generations;

/// <summary>
/// One embedder and the index of the items that it embedded. Counts its references: it starts with one, each
/// <see cref="GenerationLease"/> adds one, and the release of the last one closes the embedder. So a generation that is
/// replaced in the middle of a request closes after its last request.
/// </summary>
internal sealed class Generation(StoredGeneration row, Embedder embedder, IVectorIndex index, long sequence)
{
    private int _references = 1;
    private long _applied = sequence;
    private volatile bool _isLevel = true;

    public int Number => row.Number;

    public Embedder Embedder => embedder;

    public IVectorIndex Index => index;

    public string Model => row.Model;

    public string Fingerprint => embedder.Fingerprint;

    public int Dimension => embedder.Dimension;

    /// <summary>Leases at the moment.</summary>
    public int Requests => Math.Max(0, Volatile.Read(ref _references) - 1);

    /// <summary>
    /// The sequence number up to which the index contains every change. After a change that the index could not apply it
    /// stays behind for good, so that the next start replays that change.
    /// </summary>
    public long AppliedSequence => Interlocked.Read(ref _applied);

    /// <summary>Adds a reference; false when the generation has closed.</summary>
    public bool TryAddReference()
    {
        for (var references = Volatile.Read(ref _references); references > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                return true;
            }

            references = seen;
        }

        return false;
    }

    /// <summary>Releases a reference; the last one closes the embedder.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            embedder.Dispose();
        }
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
