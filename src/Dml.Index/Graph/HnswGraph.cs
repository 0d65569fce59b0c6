using Dml.Index.Files;

namespace Dml.Index.Graph;

/// <summary>
/// The levels and links of Malkov and Yashunin 2016. A slot's level is a hash of its number, not a draw: it is the same
/// for every item that ever takes the slot, so rows of links are given out once, and files need not carry levels.
/// </summary>
internal sealed class HnswGraph
{
    private const int HighestLevel = 31;

    private readonly double _levelScale;
    private readonly long _seed;
    private readonly LinkTable _ground;
    private readonly LinkTable _upper;
    private readonly List<byte> _levels = [];
    private readonly List<int> _firstUpper = [];

    public HnswGraph(HnswOptions options)
    {
        M = options.M;
        _seed = options.Seed;
        _levelScale = 1 / Math.Log(M);
        _ground = new LinkTable(2 * M);
        _upper = new LinkTable(M);
    }

    public int M { get; }

    /// <summary>Where every search starts; <see cref="LinkTable.None"/> in an empty graph. Its level is the highest.</summary>
    public int Entry { get; set; } = LinkTable.None;

    public int SlotCount => _levels.Count;

    public long MemoryBytes => _ground.MemoryBytes + _upper.MemoryBytes + _levels.Capacity + (_firstUpper.Capacity * 4L);

    public int LevelOf(int slot) => _levels[slot];

    public int MaxLinks(int level) => Table(level).Width;

    public ReadOnlySpan<int> Links(int slot, int level) => Table(level)[Row(slot, level)];

    /// <summary>How many slots of this level link to this one.</summary>
    public ref int Incoming(int slot, int level) => ref Table(level).Incoming(Row(slot, level));

    /// <summary>Makes rows for slots up to and including this one.</summary>
    public void EnsureSlot(int slot)
    {
        while (SlotCount <= slot)
        {
            byte level = DrawLevel(SlotCount);
            _levels.Add(level);
            _firstUpper.Add(_upper.Append(level));
            _ground.Append(1);
        }
    }

    /// <summary>Replaces a slot's links, keeping count of what leads where. The span must not be the slot's own row.</summary>
    public void SetLinks(int slot, int level, ReadOnlySpan<int> links)
    {
        foreach (int old in Links(slot, level))
        {
            Incoming(old, level)--;
        }

        foreach (int link in links)
        {
            Incoming(link, level)++;
        }

        Table(level).Set(Row(slot, level), links);
    }

    /// <summary>Cuts every link. Rows and levels stay.</summary>
    public void Clear()
    {
        Entry = LinkTable.None;
        for (int slot = 0; slot < SlotCount; slot++)
        {
            for (int level = 0; level <= LevelOf(slot); level++)
            {
                SetLinks(slot, level, []);
            }
        }
    }

    public void Write(IndexFileWriter writer)
    {
        writer.Write(Entry);
        _ground.Write(writer);
        _upper.Write(writer);
    }

    public void Read(IndexFileReader reader, int slots)
    {
        Entry = reader.ReadInt32(LinkTable.None, slots - 1);
        EnsureSlot(slots - 1);
        _ground.Read(reader, SlotCount);
        _upper.Read(reader, SlotCount);
        for (int slot = 0; slot < SlotCount; slot++)
        {
            for (int level = 0; level <= LevelOf(slot); level++)
            {
                foreach (int link in Links(slot, level))
                {
                    if (LevelOf(link) < level)
                    {
                        throw reader.Damaged($"slot {slot} links on level {level} to slot {link}, which is not there");
                    }

                    Incoming(link, level)++;
                }
            }
        }
    }

    private LinkTable Table(int level) => level == 0 ? _ground : _upper;

    private int Row(int slot, int level) => level == 0 ? slot : _firstUpper[slot] + level - 1;

    // P(level >= l) = M^-l: Algorithm 1, line 4, with SplitMix64 (Steele et al. 2014) of the slot for the random number.
    private byte DrawLevel(int slot)
    {
        ulong bits = unchecked((ulong)_seed + ((ulong)slot + 1) * 0x9E3779B97F4A7C15);
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        bits ^= bits >> 31;
        double uniform = ((bits >> 11) + 1) * (1.0 / (1L << 53));
        return (byte)Math.Min(HighestLevel, -Math.Log(uniform) * _levelScale);
    }
}
