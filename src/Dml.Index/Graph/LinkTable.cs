using System.Runtime.CompilerServices;
using Dml.Index.Files;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Rows of links to slots, and how many links lead to each row's owner. A row ends at its first <see cref="None"/>,
/// so it holds nothing but links: 32 of them are exactly two cache lines. Rows are read while they are written: what
/// is seen then is some of the old links and some of the new ones, each of them whole.
/// </summary>
internal sealed class LinkTable(int width, bool hugePages)
{
    public const int None = -1;

    private readonly ChunkedRows<int> _rows = new(width, hugePages: hugePages);
    private readonly ChunkedRows<int> _incoming = new(width: 1, alignment: sizeof(int), hugePages: false);
    private readonly Lock _growth = new();

    public int Width => width;

    public int Count { get; private set; }

    public long MemoryBytes => (long)Count * (_rows.RowBytes + _incoming.RowBytes);

    /// <summary>A row's links, then <see cref="None"/> in what is left of it.</summary>
    public ReadOnlySpan<int> this[int row] => _rows[row];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Storage.Prefetch.Bytes(ref _rows.First(row), width * sizeof(int));

    public ref int Incoming(int row) => ref _incoming.First(row);

    /// <summary>Makes new, empty rows.</summary>
    /// <returns>The first of them.</returns>
    public int Append(int rows)
    {
        lock (_growth)
        {
            var first = Count;
            EnsureRows(first + rows);
            return first;
        }
    }

    /// <summary>Makes empty rows up to <paramref name="rows"/> in all.</summary>
    public void EnsureRows(int rows)
    {
        lock (_growth)
        {
            _rows.EnsureRows(rows);
            _incoming.EnsureRows(rows);
            for (; Count < rows; Count++)
            {
                _rows[Count].Fill(None);
                Incoming(Count) = 0;
            }
        }
    }

    /// <summary>Replaces a row's links; the row is locked by the caller.</summary>
    public void Set(int row, ReadOnlySpan<int> links)
    {
        // What a new link leads to must be in memory before the link is.
        Thread.MemoryBarrier();
        var raw = _rows[row];
        links.CopyTo(raw);
        raw[links.Length..].Fill(None);
    }

    /// <summary>Adds a link behind those that a row has; the row is locked by the caller.</summary>
    public void Add(int row, int count, int link) => Volatile.Write(ref _rows[row][count], link);

    /// <summary>The links of all rows; nobody may be writing.</summary>
    public int[][] Copy() => _rows.Copy(Count);

    /// <summary>Fills the rows there are; the incoming links are the caller's to count.</summary>
    public void Read(IndexFileReader reader, int slots)
    {
        _rows.Read(reader, Count);
        for (var row = 0; row < Count; row++)
        {
            foreach (var link in _rows[row])
            {
                if (link < None || link >= slots)
                {
                    throw reader.Damaged($"a link leads to slot {link} of {slots}");
                }
            }
        }
    }
}
