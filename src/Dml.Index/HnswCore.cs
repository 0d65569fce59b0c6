using Dml.Index.Codes;
using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>
/// The parts of an <see cref="HnswIndex"/> that number its slots the same way. <see cref="HnswIndex.Compact"/> makes new ones.
/// </summary>
internal sealed class HnswCore
{
    public HnswCore(HnswOptions options, VectorStore vectors)
    {
        Options = options;
        Vectors = vectors;
        Slots = new SlotTable();
        Codes = VectorCodeTable.Create(options.Code, vectors);
        Copies = new EqualVectors(Slots, vectors);
        Graph = new HnswGraph(options, Slots);
        Walk = new GraphWalk(Graph, Slots, Codes);
        Pool = new ScratchPool(2 * options.M);
        Builder = new GraphBuilder(Graph, Slots, Codes, Walk, options.EfConstruction, Pool);
        Repair = new GraphRepair(Graph, Slots, Codes, Builder, Epochs, Pool);
        Search = new HnswSearch(this);
    }

    public HnswOptions Options { get; }

    public VectorStore Vectors { get; }

    public SlotTable Slots { get; }

    public VectorCodes Codes { get; }

    public EqualVectors Copies { get; }

    public HnswGraph Graph { get; }

    public GraphWalk Walk { get; }

    public ScratchPool Pool { get; }

    public GraphBuilder Builder { get; }

    public GraphRepair Repair { get; }

    public HnswSearch Search { get; }

    public ReaderEpochs Epochs { get; } = new();

    /// <summary>Stays in the core's sight: what is taken away meanwhile is not reused before the end.</summary>
    public ReaderEpochs.Scope Enter() => Epochs.Enter(this);

    /// <summary>Adds an item or replaces its vector. Calls with the same key come one at a time.</summary>
    public void Upsert(long key, ReadOnlySpan<float> vector)
    {
        using (Enter())
        {
            if (!Slots.TryGetSlot(key, out var old))
            {
                Slots.Place(key, FindOrLink(key, vector));
            }
            else if (!Vectors[old].SequenceEqual(vector))
            {
                Slots.BeginMove();
                Slots.Move(key, FindOrLink(key, vector));
                Leave(old, key);
                Slots.EndMove();
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
                Leave(slot, key);
                Slots.EndMove();
            }
        }

        Repair.Advance();
        return known;
    }

    /// <summary>Makes room at once for so many more items.</summary>
    public void ExpectItems(int more)
    {
        Slots.ExpectItems(more);
        Copies.ExpectItems(Slots.Count + more);
    }

    /// <summary>Links what no walk reaches.</summary>
    public int ReconnectLost()
    {
        using (Enter())
        {
            return Repair.ReconnectLost();
        }
    }

    private int FindOrLink(long key, ReadOnlySpan<float> vector)
    {
        var hash = EqualVectors.Hash(vector);
        int slot;
        lock (Copies.LockOf(hash))
        {
            if (Copies.TryFind(hash, vector, out slot))
            {
                Slots.Share(slot, key);
                Slots.WaitUntilPublished(slot);
                return slot;
            }

            var isNew = Slots.Take(key, hash, out slot);
            Vectors.Set(slot, vector);
            Codes.Set(slot, vector);
            if (isNew)
            {
                Graph.AddRows(slot);
            }

            Slots.Open(slot);
            Copies.Add(slot);
        }

        Builder.Link(slot);
        Slots.Publish(slot);
        return slot;
    }

    private void Leave(int slot, long key)
    {
        lock (Copies.LockOf(Slots[slot].VectorHash))
        {
            if (Slots.Leave(slot, key))
            {
                Copies.Remove(slot);
                Repair.Add(slot);
            }
        }
    }
}
