using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dml.Files;
using Dml.Index.Files;

namespace Dml.Index.Storage;

/// <summary>
/// A table of rows of <paramref name="width"/> values that grows without moving what is there: a large index never needs
/// twice its memory, and a row can be read while the table grows. Rows begin on multiples of
/// <paramref name="alignment"/> bytes; on cache lines of their own, a row of 128 floats is eight lines, never nine.
/// </summary>
/// <param name="width">Values in a row.</param>
/// <param name="alignment">What rows begin on a multiple of, in bytes; at most a cache line.</param>
/// <param name="hugePages">Whether rows are read in random order.</param>
internal sealed class ChunkedRows<T>(int width, int alignment = ChunkedRows<T>.CacheLine, bool hugePages = true)
    where T : unmanaged
{
    public const int CacheLine = 64;

    private const int ChunkBytes = 4 << 20;

    // Several chunks of a large table are one array, so that large pages fit in. Untouched memory is not resident.
    private const int MostChunksAtOnce = 8;

    private static readonly int ValueBytes = Unsafe.SizeOf<T>();

    private readonly int _stride = RoundUp(width * ValueBytes, alignment) / ValueBytes;
    private readonly int _shift = BitOperations.Log2((uint)Math.Max(1, ChunkBytes / RoundUp(width * ValueBytes, alignment)));
    private readonly Lock _growth = new();
    private volatile Chunk[] _chunks = [];

    /// <summary>Values in a row.</summary>
    public int Width => width;

    /// <summary>Bytes from the start of one row to the start of the next.</summary>
    public int RowBytes => _stride * ValueBytes;

    public Span<T> this[int row] => MemoryMarshal.CreateSpan(ref First(row), width);

    /// <summary>The first value of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T First(int row)
    {
        ref readonly var chunk = ref _chunks[row >> _shift];
        nint within = row & ((1 << _shift) - 1);
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(chunk.Values), chunk.Start + (within * _stride));
    }

    /// <summary>A row and its padding.</summary>
    public Span<byte> BytesOf(int row) => MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref First(row), _stride));

    /// <summary>Makes room for rows 0 to <paramref name="rows"/> - 1. What new rows hold is undefined.</summary>
    public void EnsureRows(int rows)
    {
        if ((long)_chunks.Length << _shift >= rows)
        {
            return;
        }

        lock (_growth)
        {
            while ((long)_chunks.Length << _shift < rows)
            {
                _chunks = [.. _chunks, .. Allocate(Math.Clamp(_chunks.Length, 1, MostChunksAtOnce))];
            }
        }
    }

    /// <summary>Writes the values of the first rows.</summary>
    public void Write(IndexFileWriter writer, int rows)
    {
        for (var row = 0; row < rows; row += RowsAt(row, rows))
        {
            writer.Write<T>(ValuesAt(row, rows));
        }
    }

    /// <summary>Fills the first rows of an empty table.</summary>
    public void Read(IndexFileReader reader, int rows)
    {
        for (var row = 0; row < rows; row += RowsAt(row, rows))
        {
            EnsureRows(row + 1);
            reader.Read(ValuesAt(row, rows));
        }
    }

    // Rows that follow one another without padding: all of a chunk, or one.
    private int RowsAt(int row, int rows) =>
        width == _stride ? Math.Min(rows - row, (1 << _shift) - (row & ((1 << _shift) - 1))) : 1;

    private Span<T> ValuesAt(int row, int rows) => MemoryMarshal.CreateSpan(ref First(row), RowsAt(row, rows) * width);

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private Chunk[] Allocate(int chunks)
    {
        var length = _stride << _shift;

        // Pinned, since the garbage collector would move an array off its cache lines. A kernel may read a cache line past
        // the last row.
        var values = GC.AllocateUninitializedArray<T>((chunks * length) + (2 * CacheLine / ValueBytes), pinned: true);
        if (hugePages)
        {
            HugePages.Request(values);
        }

        nint past;
        unsafe
        {
            past = (nint)Unsafe.AsPointer(ref values[0]) % CacheLine;
        }

        var start = past == 0 ? 0 : (int)(CacheLine - past) / ValueBytes;
        return [.. Enumerable.Range(0, chunks).Select(chunk => new Chunk(values, start + (chunk * length)))];
    }

    private readonly record struct Chunk(T[] Values, int Start);
}
