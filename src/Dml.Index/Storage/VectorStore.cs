using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Dml.Index.Files;
using Dml.Index.Kernels;

namespace Dml.Index.Storage;

/// <summary>The vectors by slot, in memory or mapped from a file, and their comparison.</summary>
internal sealed class VectorStore
{
    // Under a quarter of the largest float, so that neither a dot product nor (|a| + |b|)^2 can overflow.
    private const float SquaredLengthLimit = float.MaxValue / 4;

    private readonly IVectorKernel _kernel = VectorKernels.Best;
    private volatile Place _place;

    /// <param name="dimension">Components of every vector, 1 to 65,536.</param>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="mapped">Vectors of the first slots, left where they are; null for none.</param>
    public VectorStore(int dimension, Metric metric, MappedVectors? mapped = null)
    {
        if (dimension is < 1 or > 65_536)
        {
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "A vector index needs a dimension from 1 to 65,536.");
        }

        if (!Enum.IsDefined(metric))
        {
            throw new ArgumentOutOfRangeException(nameof(metric), metric, "The metric must be InnerProduct or L2.");
        }

        (Dimension, Metric) = (dimension, metric);
        _place = new Place(mapped, dimension);
    }

    public int Dimension { get; }

    public Metric Metric { get; }

    /// <summary>How many vectors stay in a file.</summary>
    public int Mapped => _place.Mapped;

    /// <summary>
    /// What has to stay alive while vectors of a mapped file are read, even if <see cref="Map"/> leaves them in another file meanwhile.
    /// </summary>
    public object Keeper => _place;

    public ReadOnlySpan<float> this[int slot] => _place[slot];

    /// <summary>Bytes of memory that so many slots take, not counting vectors that stay in a file.</summary>
    public long MemoryBytes(int slots) => _place.MemoryBytes(slots);

    /// <summary>Makes room for a slot's vector.</summary>
    public void EnsureRow(int slot) => _place.EnsureRow(slot);

    /// <summary>Writes a slot's vector. No other thread may be looking at the slot.</summary>
    public void Set(int slot, ReadOnlySpan<float> vector)
    {
        Debug.Assert(slot >= 0 && vector.Length == Dimension, "Vectors are checked before they are stored.");
        EnsureRow(slot);
        vector.CopyTo(_place[slot]);
    }

    /// <summary>
    /// From now on reads the vectors of the first slots from a file; their memory is given back. No other thread may be writing.
    /// </summary>
    /// <param name="mapped">The vectors of the first slots.</param>
    /// <param name="changed">Slots whose vectors in the file are not theirs.</param>
    /// <param name="slots">How many slots there are.</param>
    public void Map(MappedVectors mapped, IEnumerable<int> changed, int slots)
    {
        var former = _place;
        foreach (var slot in changed)
        {
            former[slot].CopyTo(mapped[slot]);
        }

        var next = new Place(mapped, Dimension);
        for (var slot = next.Mapped; slot < slots; slot++)
        {
            next.EnsureRow(slot);
            former[slot].CopyTo(next[slot]);
        }

        former.Next = next;
        _place = next;
    }

    /// <summary>Similarity of a slot's vector to a query that <see cref="Check"/> let pass: higher is better, never NaN.</summary>
    public float Score(ReadOnlySpan<float> query, int slot) => Metric == Metric.InnerProduct
        ? _kernel.Dot(query, this[slot])
        : -_kernel.SquaredL2(query, this[slot]);

    /// <summary>Fetches a slot's vector ahead of its use.</summary>
    public void Prefetch(int slot) =>
        Storage.Prefetch.Bytes(ref MemoryMarshal.GetReference(this[slot]), Dimension * sizeof(float));

    /// <summary>Refuses vectors that cannot be compared. One dot product reveals NaN, infinity, overflow and zero alike.</summary>
    /// <exception cref="ArgumentException">See <see cref="IVectorIndex.Upsert"/>.</exception>
    public void Check(ReadOnlySpan<float> vector, string parameter)
    {
        CheckLength(vector, parameter);
        var squaredLength = _kernel.Dot(vector, vector);
        if (!(squaredLength < SquaredLengthLimit) || (squaredLength == 0 && Metric == Metric.InnerProduct))
        {
            ThrowValues(squaredLength, parameter);
        }
    }

    public void CheckLength(ReadOnlySpan<float> vector, string parameter)
    {
        if (vector.Length != Dimension)
        {
            ThrowLength(vector.Length, parameter);
        }
    }

    /// <summary>Writes the vectors without the padding between them.</summary>
    public void Write(IndexFileWriter writer, int slots)
    {
        for (var slot = 0; slot < slots; slot++)
        {
            writer.Write(this[slot]);
        }
    }

    /// <summary>Fills an empty store.</summary>
    public void Read(IndexFileReader reader, int slots) => _place.Read(reader, slots);

    [DoesNotReturn]
    private void ThrowLength(int length, string parameter) => throw new ArgumentException(
        $"This index holds vectors of {Dimension} components, but {length} came: embed with the model the index was built for.",
        parameter);

    [DoesNotReturn]
    private static void ThrowValues(float squaredLength, string parameter) => throw new ArgumentException(
        squaredLength == 0
            ? "A vector of length zero has no direction to compare by inner product: skip the item or fix its embedder."
            : $"Every component must be finite and the squared length below {SquaredLengthLimit:g2}, but the squared length is "
                + $"{squaredLength}: the embedder gave NaN, infinity or far too large values.",
        parameter);

    /// <summary>Where the vectors are: those of the first slots in a file, the others in memory.</summary>
    private sealed class Place(MappedVectors? mapped, int dimension)
    {
        private readonly ChunkedRows<float> _rows = new(dimension);

        public int Mapped { get; } = mapped?.Count ?? 0;

        // Who keeps a place keeps all that come after it, and may read from any of them.
        public Place? Next { get; set; }

        public Span<float> this[int slot] => slot < Mapped ? mapped![slot] : _rows[slot - Mapped];

        public long MemoryBytes(int slots) => (long)Math.Max(0, slots - Mapped) * _rows.RowBytes;

        public void EnsureRow(int slot)
        {
            if (slot >= Mapped)
            {
                _rows.EnsureRows(slot - Mapped + 1);
            }
        }

        public void Read(IndexFileReader reader, int slots) => _rows.Read(reader, slots);
    }
}
