using System.Diagnostics;
using Dml.Index.Codes;
using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>
/// The parts of an <see cref="HnswIndex"/> that number its slots the same way. <see cref="HnswIndex.Compact"/> makes new ones.
/// The locks, their order and the invariants are listed in docs/index.md.
/// </summary>
internal sealed class HnswCore
{
    private readonly Action<int> _addRows;

    public HnswCore(HnswOptions options, VectorStore vectors)
        : this(options, vectors, VectorCodeTable.Create(options.Code, vectors))
    {
    }

    internal HnswCore(HnswOptions options, VectorStore vectors, VectorCodes codes)
    {
        Options = options;
        Vectors = vectors;
        Slots = new SlotTable();
        Codes = codes;
        Duplicates = new EqualVectors(Slots, vectors);
        Graph = new HnswGraph(options, Slots);
        Walk = new GraphWalk(Graph, Slots, Codes);
        Crowd = new CrowdWalk(Graph, Slots, Codes, Walk, vectors.Metric);
        Matching = new MatchingWalk(Graph, Slots, Codes, Walk);
        Pool = new ScratchPool(2 * options.M);
        Builder = new GraphBuilder(Graph, Slots, Codes, Walk, Crowd, options.EfConstruction, Pool);
        Repair = new GraphRepair(Graph, Slots, Codes, Builder, Epochs, Pool);
        Search = new HnswSearch(this);
        _addRows = AddRows;
    }

    public HnswOptions Options { get; }

    public VectorStore Vectors { get; }

    public SlotTable Slots { get; }

    public VectorCodes Codes { get; }

    public EqualVectors Duplicates { get; }

    public HnswGraph Graph { get; }

    public GraphWalk Walk { get; }

    public CrowdWalk Crowd { get; }

    public MatchingWalk Matching { get; }

    public ScratchPool Pool { get; }

    public GraphBuilder Builder { get; }

    public GraphRepair Repair { get; }

    public HnswSearch Search { get; }

    public ReaderEpochs Epochs { get; } = new();

    /// <summary>
    /// Begins reading: no slot that is removed from now on is reused before the scope ends, and no vector is unmapped.
    /// </summary>
    public ReaderEpochs.Scope Enter() => Epochs.Enter(Vectors.Keeper);

    /// <summary>Adds an item or replaces its vector. Calls with the same key come one at a time.</summary>
    public void Upsert(long key, ReadOnlySpan<float> vector)
    {
        using (Enter())
        {
            if (!Slots.TryGetSlot(key, out var old))
            {
                Place(key, FindOrLink(key, vector));
            }
            else if (!Vectors[old].SequenceEqual(vector))
            {
                Slots.BeginMove();
                try
                {
                    Slots.Move(key, FindOrLink(key, vector));
                    Leave(old, key);
                }
                finally
                {
                    Slots.EndMove();
                }
            }
        }

        Repair.Advance();
    }

    /// <summary>Removes an item. Calls with the same key come one at a time.</summary>
    public bool Remove(long key)
    {
        bool known;
        using (Enter())
        {
            known = Slots.Forget(key, out var slot);
            if (known)
            {
                Slots.BeginMove();
                try
                {
                    Leave(slot, key);
                }
                finally
                {
                    Slots.EndMove();
                }
            }
        }

        Repair.Advance();
        return known;
    }

    /// <summary>Reserves room for so many more items.</summary>
    public void ExpectItems(int more)
    {
        Slots.ExpectItems(more);
        Duplicates.ExpectItems(Slots.Count + more);
    }

    /// <summary>Links the live slots that no walk reaches.</summary>
    /// <returns>How many there were.</returns>
    public int ReconnectLost()
    {
        using (Enter())
        {
            var lost = new LostSlots(Graph, Slots, Builder);
            lost.Link(int.MaxValue);
            return lost.Count;
        }
    }

    private void Place(long key, int slot)
    {
        try
        {
            var placed = Slots.Place(key, slot);
            Debug.Assert(placed, "A key was placed twice: its writes do not come one at a time.");
        }
        catch
        {
            // Memory ran out, for example. The next write of the key would put it into the slot a second time.
            Leave(slot, key);
            throw;
        }
    }

    private int FindOrLink(long key, ReadOnlySpan<float> vector)
    {
        var hash = EqualVectors.Hash(vector);
        while (true)
        {
            if (!TryShare(hash, vector, key, out var slot))
            {
                Link(slot, key);
                return slot;
            }

            // Another thread may still be linking the slot. If that fails, this key needs a slot of its own.
            if (Slots.WaitUntilLinked(slot))
            {
                return slot;
            }
        }
    }

    /// <summary>Shares the slot that holds the vector already.</summary>
    /// <returns>False when there is none: then the slot is a new one, ready to be linked.</returns>
    private bool TryShare(uint hash, ReadOnlySpan<float> vector, long key, out int slot)
    {
        lock (Duplicates.LockOf(hash))
        {
            if (Duplicates.TryFind(hash, vector, out slot))
            {
                Slots.Share(slot, key);
                return true;
            }

            slot = Slots.Take(key, hash, _addRows);
            try
            {
                Vectors.Set(slot, vector);
                Codes.Set(slot, vector);
                Duplicates.Add(slot);
            }
            catch
            {
                // Memory ran out, for example. Nobody has seen the slot yet.
                Slots.GiveBack(slot);
                throw;
            }

            Slots.Open(slot);
            return false;
        }
    }

    private void AddRows(int slot)
    {
        Vectors.EnsureRow(slot);
        Codes.Rows?.EnsureRows(slot + 1);
        // Last: rows of links are never given back.
        Graph.AddRows(slot);
    }

    private void Link(int slot, long key)
    {
        try
        {
            Builder.Link(slot);
        }
        catch
        {
            // Memory ran out, for example. Left as it is, the slot would keep every writer of an equal vector waiting for ever.
            Abandon(slot, key);
            throw;
        }

        Slots.Publish(slot);
    }

    private void Abandon(int slot, long key)
    {
        lock (Duplicates.LockOf(Slots[slot].VectorHash))
        {
            Duplicates.Remove(slot);
            Slots.Abandon(slot, key);
            Repair.Add(slot);
        }
    }

    private void Leave(int slot, long key)
    {
        lock (Duplicates.LockOf(Slots[slot].VectorHash))
        {
            if (Slots.Leave(slot, key))
            {
                Duplicates.Remove(slot);
                Repair.Add(slot);
            }
        }
    }
}
