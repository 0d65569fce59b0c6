using System.Diagnostics;
using System.Runtime.CompilerServices;
using Dml.Index.Files;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Rows of links to slots, and how many links lead to each row's owner. A row ends at its first <see cref="None"/> and has no
/// length of its own: 32 links are exactly two cache lines. Rows are read while they are written. A reader then sees some of
/// the old links and some of the new ones, never a torn link.
/// </summary>
internal sealed class LinkTable(int width, bool hugePages)
{
    public const int None = -1;

    private readonly ChunkedRows<int> _rows = new(width, hugePages: hugePages);

    // Of each row, the number of links to its owner, and its parent plus one.
    private readonly ChunkedRows<int> _ways = new(width: 2, alignment: sizeof(int), hugePages: false);
    private readonly Lock _growth = new();

    public int Width => width;

    public int Count { get; private set; }

    public long MemoryBytes => (long)Count * (_rows.RowBytes + _ways.RowBytes);

    /// <summary>A row's links, followed by <see cref="None"/> up to its end.</summary>
    public ReadOnlySpan<int> this[int row] => _rows[row];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row) => Storage.Prefetch.Bytes(ref _rows.First(row), width * sizeof(int));

    public ref int Incoming(int row) => ref _ways.First(row);

    /// <summary>One more than the slot whose link is the way to the row's owner; 0 if none is known.</summary>
    public ref int Parent(int row) => ref Unsafe.Add(ref _ways.First(row), 1);

    /// <summary>Adds empty rows.</summary>
    /// <returns>The number of the first one.</returns>
    public int Append(int rows)
    {
        lock (_growth)
        {
            var first = Count;
            EnsureRows(first + rows);
            return first;
        }
    }

    /// <summary>Adds empty rows until there are <paramref name="rows"/>.</summary>
    public void EnsureRows(int rows)
    {
        lock (_growth)
        {
            _rows.EnsureRows(rows);
            _ways.EnsureRows(rows);
            for (; Count < rows; Count++)
            {
                _rows[Count].Fill(None);
                (Incoming(Count), Parent(Count)) = (0, 0);
            }
        }
    }

    /// <summary>Replaces a row's links. The caller holds the slot's lock.</summary>
    public void Set(int row, ReadOnlySpan<int> links)
    {
        // A reader that sees a new link must also see the slot that it leads to.
        Thread.MemoryBarrier();
        var raw = _rows[row];
        links.CopyTo(raw);
        raw[links.Length..].Fill(None);
    }

    /// <summary>Adds a link after the <paramref name="count"/> links of a row. The caller holds the slot's lock.</summary>
    public void Add(int row, int count, int link)
    {
        Debug.Assert(_rows[row].IndexOf(None) == count, "The row has another number of links.");
        Volatile.Write(ref _rows[row][count], link);
    }

    /// <summary>Reads the links of all rows. The caller counts the incoming ones.</summary>
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
