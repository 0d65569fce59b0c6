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
    private readonly ChunkedRows<float> _rows;
    private readonly MappedVectors? _mapped;

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

        Metric = metric;
        _rows = new ChunkedRows<float>(dimension);
        _mapped = mapped;
    }

    public int Dimension => _rows.Width;

    public Metric Metric { get; }

    /// <summary>How many vectors stay in a file.</summary>
    public int Mapped => _mapped?.Count ?? 0;

    public ReadOnlySpan<float> this[int slot] => slot < Mapped ? _mapped![slot] : _rows[slot - Mapped];

    /// <summary>Bytes of memory that so many slots take, not counting vectors that stay in a file.</summary>
    public long MemoryBytes(int slots) => (long)Math.Max(0, slots - Mapped) * _rows.RowBytes;

    /// <summary>Makes room for a slot's vector.</summary>
    public void EnsureRow(int slot)
    {
        if (slot >= Mapped)
        {
            _rows.EnsureRows(slot - Mapped + 1);
        }
    }

    /// <summary>Writes a slot's vector. No other thread may be looking at the slot.</summary>
    public void Set(int slot, ReadOnlySpan<float> vector)
    {
        Debug.Assert(slot >= 0 && vector.Length == Dimension, "Vectors are checked before they are stored.");
        EnsureRow(slot);
        vector.CopyTo(slot < Mapped ? _mapped![slot] : _rows[slot - Mapped]);
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
    public void Read(IndexFileReader reader, int slots) => _rows.Read(reader, slots);

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
}
