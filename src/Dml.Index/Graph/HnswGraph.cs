using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Dml.Index.Files;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// The levels and links of Malkov and Yashunin 2016. A new slot's level is a hash of its number, and stays with it for every
/// item that ever takes the slot: rows of links are given out once.
/// Reading takes no lock; a slot's links are changed by who holds <see cref="LockOf"/> it.
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

    public LinkTable Ground => _ground;

    public LinkTable Upper => _upper;

    /// <summary>
    /// Slots that have lost the last link of level 0 to them: each of two threads may drop one of the last two and leave
    /// the other one to stay.
    /// </summary>
    public ConcurrentQueue<int> Orphans { get; } = new();

    /// <summary>Held by who changes <see cref="Entry"/>.</summary>
    public Lock EntryLock { get; } = new();

    /// <summary>Where every search starts; <see cref="LinkTable.None"/> in an empty graph.</summary>
    public int Entry
    {
        get => Volatile.Read(ref _entry);
        set => Volatile.Write(ref _entry, value);
    }

    public long MemoryBytes => _ground.MemoryBytes + _upper.MemoryBytes;

    /// <summary>Held by who changes a slot's links. Nobody holds two.</summary>
    public Lock LockOf(int slot) => _locks[slot & (Locks - 1)];

    public int LevelOf(int slot) => _slots[slot].Level;

    public int MaxLinks(int level) => Table(level).Width;

    /// <summary>A slot's links as they stand, up to the first <see cref="LinkTable.None"/>, which may come earlier any time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> RawLinks(int slot, int level) => level == 0 ? _ground[slot] : _upper[Row(slot, level)];

    /// <summary>A slot's links; the caller holds its lock, or nobody writes.</summary>
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

    /// <summary>Gives a slot that is used for the first time its level and its rows.</summary>
    public void AddRows(int slot)
    {
        ref var row = ref _slots[slot];
        row.Level = DrawLevel(slot);
        row.FirstUpper = row.Level > 0 ? _upper.Append(row.Level) : LinkTable.None;
        _ground.EnsureRows(slot + 1);
    }

    /// <summary>Replaces a slot's links, keeping count of what leads where. The span must not be the slot's own row.</summary>
    public void SetLinks(int slot, int level, ReadOnlySpan<int> links)
    {
        // Most links stay, and their counters are shared with other processors: those are left alone.
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
            if (!links.Contains(link) && Interlocked.Decrement(ref Incoming(link, level)) == 0 && level == 0)
            {
                Orphans.Enqueue(link);
            }
        }

        Table(level).Set(Row(slot, level), links);
    }

    /// <summary>Adds a link behind the <paramref name="count"/> that a slot has.</summary>
    public void Append(int slot, int level, int count, int link)
    {
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

    /// <summary>Fills an empty graph for the slots there are.</summary>
    public void Read(IndexFileReader reader, int entry)
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

        Entry = entry;
        if (entry == LinkTable.None && _slots.Count > 0)
        {
            throw reader.Damaged("its graph and its items do not belong together");
        }
    }

    /// <summary>Makes empty rows for the slots there are and the levels they have.</summary>
    public void MakeRows()
    {
        _ground.EnsureRows(_slots.SlotCount);
        for (var slot = 0; slot < _slots.SlotCount; slot++)
        {
            ref var row = ref _slots[slot];
            row.FirstUpper = row.Level > 0 ? _upper.Append(row.Level) : LinkTable.None;
        }
    }

    // Slots that were added at the same time may have come to their rows in another order: each says where its rows are.
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

    // Runs once over all links, before the compiler would find it worth its while.
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
