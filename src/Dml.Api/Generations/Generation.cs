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
    private volatile IVectorIndex _index = index;
    private int _references = 1;
    private long _applied = sequence;
    private volatile bool _isLevel = true;

    public int Number => row.Number;

    public Embedder Embedder => embedder;

    public IVectorIndex Index => _index;

    public string Model => row.Model;

    public string Fingerprint => embedder.Fingerprint;

    public int Dimension => embedder.Dimension;

    /// <summary>Leases at the moment.</summary>
    public int Requests => Math.Max(0, Volatile.Read(ref _references) - 1);

    /// <summary>The sequence number up to which the index contains every change.</summary>
    public long AppliedSequence => Interlocked.Read(ref _applied);

    /// <summary>
    /// Whether the index contains every change that it was told of. After a change that it could not apply,
    /// <see cref="AppliedSequence"/> stays where it is until <see cref="MadeLevel"/>, and a restart replays that change too.
    /// </summary>
    public bool IsLevel => _isLevel;

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

    /// <summary>Applies the changes of a commit, each of them that can be. Returns why one could not, or null.</summary>
    public Exception? Apply(IReadOnlyList<CommittedChange> changes)
    {
        Exception? failure = null;
        foreach (var change in changes)
        {
            try
            {
                Apply(change);
            }
            catch (Exception exception)
            {
                _isLevel = false;
                failure ??= exception;
            }
        }

        if (_isLevel && changes.Count > 0)
        {
            Interlocked.Exchange(ref _applied, changes[^1].Sequence);
        }

        return failure;
    }

    /// <summary>Records that the index has been brought level with the catalogue. Call it between two commits.</summary>
    public void MadeLevel(long sequence)
    {
        Interlocked.Exchange(ref _applied, sequence);
        _isLevel = true;
    }

    /// <summary>Takes an index that is level with the catalogue in place of its own. Call it between two commits.</summary>
    public void Replace(IVectorIndex index, long sequence)
    {
        _index = index;
        MadeLevel(sequence);
    }

    private void Apply(CommittedChange change)
    {
        if (change.Of(Fingerprint) is { } embedding)
        {
            _index.Upsert(change.Key, embedding.Vector);
        }
        else if (change.PictureChanged)
        {
            _index.Remove(change.Key);
        }
    }
}
