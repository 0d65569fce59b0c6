using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dml.Index.Storage;

/// <summary>
/// A table of rows of <paramref name="width"/> values that grows without moving what is there, so a large index never
/// needs twice its memory. Every row starts on a cache line of its own: a row of 128 floats is eight lines, never nine.
/// </summary>
internal sealed class ChunkedRows<T>(int width)
    where T : unmanaged
{
    private const int CacheLine = 64;
    private const int ChunkBytes = 1 << 20;

    private static readonly int ValueBytes = Unsafe.SizeOf<T>();

    private readonly int _stride = RoundUp(width * ValueBytes, CacheLine) / ValueBytes;
    private readonly int _shift = BitOperations.Log2((uint)Math.Max(1, ChunkBytes / RoundUp(width * ValueBytes, CacheLine)));
    private readonly List<Chunk> _chunks = [];

    public int Width => width;

    public long MemoryBytes => (long)_chunks.Count * (((long)_stride << _shift) * ValueBytes + CacheLine);

    public Span<T> this[int row]
    {
        get
        {
            Chunk chunk = _chunks[row >> _shift];
            int within = row & ((1 << _shift) - 1);
            return chunk.Values.AsSpan(chunk.Start + (within * _stride), width);
        }
    }

    /// <summary>Makes room for rows 0 to <paramref name="rows"/> - 1; new ones hold zeros.</summary>
    public void EnsureRows(int rows)
    {
        while ((long)_chunks.Count << _shift < rows)
        {
            _chunks.Add(Allocate());
        }
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private Chunk Allocate()
    {
        // Pinned, since an array that the collector moves would lose its place on the cache lines.
        T[] values = GC.AllocateArray<T>((_stride << _shift) + (CacheLine / ValueBytes), pinned: true);
        nint past;
        unsafe
        {
            past = (nint)Unsafe.AsPointer(ref values[0]) % CacheLine;
        }

        return new Chunk(values, past == 0 ? 0 : (int)(CacheLine - past) / ValueBytes);
    }

    private readonly record struct Chunk(T[] Values, int Start);
}
