using Dml.Index.Kernels;

namespace Dml.Index.Storage;

/// <summary>Scores the stored vectors themselves.</summary>
internal readonly ref struct VectorScorer(IVectorKernel kernel, Metric metric, ChunkedRows<float> vectors, ReadOnlySpan<float> query)
    : ISlotScorer
{
    private readonly ReadOnlySpan<float> _query = query;

    public float Score(int slot) => metric == Metric.InnerProduct
        ? kernel.Dot(_query, vectors[slot])
        : -kernel.SquaredL2(_query, vectors[slot]);
}
