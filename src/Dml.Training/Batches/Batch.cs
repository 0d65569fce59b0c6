namespace Dml.Training.Batches;

/// <summary>One training batch of a source: bytes, because normalising is cheaper in the network than in the loader.</summary>
/// <param name="Rgb">
/// Interleaved RGB, shape [count, side, side, 3] in row-major order, 0..255. The trainer only reads it. Empty where there are features.
/// </param>
/// <param name="Labels">Shape [count]; dense class numbers 0..<see cref="IBatchSource.ClassCount"/>-1.</param>
/// <param name="Pictures">Shape [count]; which training picture each one is, from 0.</param>
public sealed record Batch(byte[] Rgb, long[] Labels, int[] Pictures)
{
    /// <summary>
    /// The pooled features that a frozen backbone gives for the pictures, [count, feature dimension]. Null where the backbone has to
    /// look at them itself.
    /// </summary>
    public float[]? Features { get; init; }
}
