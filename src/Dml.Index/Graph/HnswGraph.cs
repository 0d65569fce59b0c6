using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Dml.Index.Files;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// The levels and links of Malkov and Yashunin 2016. A slot's level is a hash of its number and stays the same for every
/// item that ever takes the slot, since rows of links are allocated once.
/// Reading takes no lock. A slot's links are changed under <see cref="LockOf"/> it.
/// </summary>
internal sealed class HnswGraph
{
    private const int HighestLevel = 31;
    private const int Locks = 1024;

    private readonly Lock[] _locks = [.. Enumerable.Range(0, Locks).Select(_ => new Lock())];
    private readonly SlotTable _slots;
    private readonly double _levelScale;
    private readonly long _seed;
    private readonly LinkTable _ground;
    private readonly LinkTable _upper;
    private int _entry = LinkTable.None;

    public HnswGraph(HnswOptions options, SlotTable slots)
    {
        _slots = slots;
        M = options.M;
        _seed = options.Seed;
        _levelScale = 1 / Math.Log(M);
        _ground = new LinkTable(2 * M, hugePages: true);
        _upper = new LinkTable(M, hugePages: false);
    }

    public int M { get; }

    public LinkTable Upper => _upper;

    /// <summary>
    /// Slots that no link of level 0 leads to: because two threads drop the last two links at the same time, each relying on the other
    /// one, or because no slot near a new one has room for a link.
    /// </summary>
    public ConcurrentQueue<int> Orphans { get; } = new();

    /// <summary>Must be held to change <see cref="Entry"/>.</summary>
    public Lock EntryLock { get; } = new();

    /// <summary>Where every search starts; <see cref="LinkTable.None"/> in an empty graph.</summary>
    public int Entry
    {
        get => Volatile.Read(ref _entry);
        set
        {
            Debug.Assert(EntryLock.IsHeldByCurrentThread, "The entry is changed under its lock.");
            Volatile.Write(ref _entry, value);
        }
    }

    public long MemoryBytes => _ground.MemoryBytes + _upper.MemoryBytes;

    /// <summary>Must be held to change a slot's links. No thread holds two of these locks.</summary>
    public Lock LockOf(int slot) => _locks[slot & (Locks - 1)];

    public int LevelOf(int slot) => _slots[slot].Level;

    public int MaxLinks(int level) => Table(level).Width;

    /// <summary>A slot's links up to the first <see cref="LinkTable.None"/>. They may change while they are read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> RawLinks(int slot, int level) => level == 0 ? _ground[slot] : _upper[Row(slot, level)];

    /// <summary>A slot's links. The caller holds the slot's lock, or no thread is writing.</summary>
    public ReadOnlySpan<int> Links(int slot, int level)
    {
        var links = RawLinks(slot, level);
        var end = links.IndexOf(LinkTable.None);
        return end < 0 ? links : links[..end];
    }

    /// <summary>Fetches a slot's links of level 0 ahead of their use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int slot) => _ground.Prefetch(slot);

    /// <summary>How many slots of this level link to this one.</summary>
    public ref int Incoming(int slot, int level) => ref Table(level).Incoming(Row(slot, level));

    /// <summary>
    /// The slot from which this one was first linked, and so was in reach before it; <see cref="LinkTable.None"/> if none is known. It may
    /// have dropped the link since.
    /// </summary>
    public int ParentOf(int slot, int level) => Volatile.Read(ref Table(level).Parent(Row(slot, level))) - 1;

    /// <summary>Sets the parent of a slot. No other thread may be linking to it.</summary>
    public void SetParent(int slot, int level, int parent) => Table(level).Parent(Row(slot, level)) = parent + 1;

    /// <summary>Forgets the parent of a slot, unless it has another one by now.</summary>
    public void ForgetParent(int slot, int level, int parent) =>
        Interlocked.CompareExchange(ref Table(level).Parent(Row(slot, level)), 0, parent + 1);

    /// <summary>Makes a link the way to a slot, if none is known or <paramref name="always"/>.</summary>
    public void BecomeParent(int from, int to, int level, bool always)
    {
        Debug.Assert(LockOf(from).IsHeldByCurrentThread, "A slot's links are changed under its lock.");
        ref var parent = ref Table(level).Parent(Row(to, level));
        if (always)
        {
            Volatile.Write(ref parent, from + 1);
        }
        else
        {
            Interlocked.CompareExchange(ref parent, from + 1, 0);
        }
    }

    /// <summary>Allocates the rows of a slot that is used for the first time, and draws its level.</summary>
    public void AddRows(int slot)
    {
        _ground.EnsureRows(slot + 1);
        var level = DrawLevel(slot);
        // Last: where memory runs out, no row is left that belongs to no slot.
        var first = level > 0 ? _upper.Append(level) : LinkTable.None;
        ref var row = ref _slots[slot];
        (row.Level, row.FirstUpper) = (level, first);
    }

    /// <summary>Replaces a slot's links and counts the incoming ones. The span must not be the slot's own row.</summary>
    public void SetLinks(int slot, int level, ReadOnlySpan<int> links)
    {
        Debug.Assert(LockOf(slot).IsHeldByCurrentThread, "A slot's links are changed under its lock.");
        Debug.Assert(level <= LevelOf(slot) && links.Length <= MaxLinks(level), "The slot has no room for these links.");

        // Most links stay. Their counters are shared with other processors, so they are not touched.
        var old = Links(slot, level);
        foreach (var link in links)
        {
            if (!old.Contains(link))
            {
                Interlocked.Increment(ref Incoming(link, level));
            }
        }

        foreach (var link in old)
        {
            if (!links.Contains(link))
            {
                var incoming = Interlocked.Decrement(ref Incoming(link, level));
                Debug.Assert(incoming >= 0, "A slot lost more links than led to it.");
                if (incoming == 0 && level == 0)
                {
                    Orphans.Enqueue(link);
                }
            }
        }

        Table(level).Set(Row(slot, level), links);
    }

    /// <summary>Adds a link after the <paramref name="count"/> links that a slot has.</summary>
    public void Append(int slot, int level, int count, int link)
    {
        Debug.Assert(LockOf(slot).IsHeldByCurrentThread, "A slot's links are changed under its lock.");
        Debug.Assert(level <= LevelOf(slot) && level <= LevelOf(link), "A link leads to a level that one of its ends is not on.");
        Interlocked.Increment(ref Incoming(link, level));
        Table(level).Add(Row(slot, level), count, link);
    }

    // P(level >= l) = M^-l: Algorithm 1, line 4, with SplitMix64 (Steele et al. 2014) of the slot for the random number.
    private byte DrawLevel(int slot)
    {
        var bits = unchecked((ulong)_seed + ((ulong)slot + 1) * 0x9E3779B97F4A7C15);
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        bits ^= bits >> 31;
        var uniform = ((bits >> 11) + 1) * (1.0 / (1L << 53));
        return (byte)Math.Min(HighestLevel, -Math.Log(uniform) * _levelScale);
    }

    /// <summary>Reads the links of all slots into an empty graph.</summary>
    /// <returns>Whether every slot in use can be reached.</returns>
    public bool Read(IndexFileReader reader, int entry)
    {
        var slots = _slots.SlotCount;
        _ground.EnsureRows(slots);
        _upper.EnsureRows(CountUpper(reader));
        _ground.Read(reader, slots);
        _upper.Read(reader, slots);
        for (var slot = 0; slot < slots; slot++)
        {
            CountLinks(slot, reader);
        }

        lock (EntryLock)
        {
            Entry = entry;
        }

        if (entry == LinkTable.None && _slots.Count > 0)
        {
            throw reader.Damaged("its graph and its items do not belong together");
        }

        return FindParents();
    }

    /// <summary>Finds a way to every slot of a graph whose links have been copied. No other thread may be writing.</summary>
    /// <returns>Whether there is one to every slot in use.</returns>
    public bool FindParents()
    {
        if (Entry == LinkTable.None)
        {
            return true;
        }

        var reach = new GraphReach(this, _slots, setsParents: true);
        reach.SpreadFrom(Entry);
        return reach.Order.Count(_slots.IsLive) == _slots.SlotCount - _slots.Empty;
    }

    /// <summary>Allocates empty rows for all slots, whose levels are known.</summary>
    public void MakeRows()
    {
        _ground.EnsureRows(_slots.SlotCount);
        for (var slot = 0; slot < _slots.SlotCount; slot++)
        {
            ref var row = ref _slots[slot];
            row.FirstUpper = row.Level > 0 ? _upper.Append(row.Level) : LinkTable.None;
        }
    }

    // Slots that were added at the same time may have their rows in another order, so each slot records where its rows are.
    private int CountUpper(IndexFileReader reader)
    {
        var rows = 0;
        for (var slot = 0; slot < _slots.SlotCount; slot++)
        {
            rows += LevelOf(slot);
        }

        for (var slot = 0; slot < _slots.SlotCount; slot++)
        {
            var first = _slots[slot].FirstUpper;
            if (LevelOf(slot) > 0 && (first < 0 || first > rows - LevelOf(slot)))
            {
                throw reader.Damaged($"the links of slot {slot} above level 0 should be in row {first} of {rows}");
            }
        }

        return rows;
    }

    // Runs once over all links, too early for tiered compilation to optimise it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CountLinks(int slot, IndexFileReader reader)
    {
        for (var level = 0; level <= LevelOf(slot); level++)
        {
            foreach (var link in Links(slot, level))
            {
                if (LevelOf(link) < level)
                {
                    throw reader.Damaged($"slot {slot} links on level {level} to slot {link}, which is not there");
                }

                Incoming(link, level)++;
            }
        }
    }

    private LinkTable Table(int level) => level == 0 ? _ground : _upper;

    private int Row(int slot, int level) => level == 0 ? slot : _slots[slot].FirstUpper + level - 1;
}
