using Dml.Index.Files;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Rows of links to slots, and how many links lead to each row's owner. A row ends at its first <see cref="None"/>,
/// so it holds nothing but links: 32 of them are exactly two cache lines.
/// </summary>
internal sealed class LinkTable(int width)
{
    public const int None = -1;

    private readonly ChunkedRows<int> _rows = new(width);
    private int[] _incoming = [];

    public int Width => width;

    public int Count { get; private set; }

    public long MemoryBytes => _rows.MemoryBytes + (_incoming.Length * 4L);

    public ReadOnlySpan<int> this[int row]
    {
        get
        {
            ReadOnlySpan<int> links = _rows[row];
            int end = links.IndexOf(None);
            return end < 0 ? links : links[..end];
        }
    }

    public ref int Incoming(int row) => ref _incoming[row];

    /// <returns>The first of <paramref name="rows"/> new, empty rows.</returns>
    public int Append(int rows)
    {
        int first = Count;
        Count += rows;
        _rows.EnsureRows(Count);
        if (Count > _incoming.Length)
        {
            Array.Resize(ref _incoming, Math.Max(16, Count + (Count / 2)));
        }

        for (int row = first; row < Count; row++)
        {
            _rows[row].Fill(None);
        }

        return first;
    }

    public void Set(int row, ReadOnlySpan<int> links)
    {
        Span<int> raw = _rows[row];
        links.CopyTo(raw);
        raw[links.Length..].Fill(None);
    }

    public void Write(IndexFileWriter writer)
    {
        for (int row = 0; row < Count; row++)
        {
            writer.Write<int>(_rows[row]);
        }
    }

    /// <summary>Fills the rows there are from a file; the incoming links are the caller's to count.</summary>
    public void Read(IndexFileReader reader, int slots)
    {
        for (int row = 0; row < Count; row++)
        {
            Span<int> raw = _rows[row];
            reader.Read(raw);
            foreach (int link in raw)
            {
                if (link < None || link >= slots)
                {
                    throw reader.Damaged($"a link leads to slot {link} of {slots}");
                }
            }
        }
    }
}
