using Dml.Index.Files;
using Dml.Index.Kernels;

namespace Dml.Index.Storage;

/// <summary>The vectors by slot, and how they compare.</summary>
internal sealed class VectorStore
{
    // Under a quarter of the largest float, so that neither a dot product nor (|a| + |b|)^2 can overflow.
    private const float SquaredLengthLimit = float.MaxValue / 4;

    private readonly IVectorKernel _kernel = VectorKernels.Best;
    private readonly ChunkedRows<float> _rows;

    public VectorStore(int dimension, Metric metric)
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
    }

    public int Dimension => _rows.Width;

    public Metric Metric { get; }

    public long MemoryBytes => _rows.MemoryBytes;

    public ReadOnlySpan<float> this[int slot] => _rows[slot];

    public void Set(int slot, ReadOnlySpan<float> vector)
    {
        _rows.EnsureRows(slot + 1);
        vector.CopyTo(_rows[slot]);
    }

    /// <summary>A scorer for a vector that <see cref="Check"/> let pass.</summary>
    public VectorScorer ScorerFor(ReadOnlySpan<float> query) => new(_kernel, Metric, _rows, query);

    public VectorScorer ScorerFor(int slot) => ScorerFor(_rows[slot]);

    /// <summary>Refuses what cannot be compared. One dot product with itself shows NaN, infinity, overflow and zero alike.</summary>
    /// <exception cref="ArgumentException">See <see cref="IVectorIndex.Upsert"/>.</exception>
    public void Check(ReadOnlySpan<float> vector, string parameter)
    {
        CheckLength(vector, parameter);
        float squaredLength = _kernel.Dot(vector, vector);
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

    public void Write(IndexFileWriter writer, int slots)
    {
        for (int slot = 0; slot < slots; slot++)
        {
            writer.Write<float>(_rows[slot]);
        }
    }

    public void Read(IndexFileReader reader, int slots)
    {
        for (int slot = 0; slot < slots; slot++)
        {
            _rows.EnsureRows(slot + 1);
            reader.Read(_rows[slot]);
        }
    }

    private void ThrowLength(int length, string parameter) => throw new ArgumentException(
        $"This index holds vectors of {Dimension} components, but {length} came: embed with the model the index was built for.",
        parameter);

    private static void ThrowValues(float squaredLength, string parameter) => throw new ArgumentException(
        squaredLength == 0
            ? "A vector of length zero has no direction to compare by inner product: leave the item out, or mend its embedder."
            : $"Every component must be finite and the squared length below {SquaredLengthLimit:g2}, but the squared length is "
                + $"{squaredLength}: the embedder gave NaN, infinity or far too large values.",
        parameter);
}
