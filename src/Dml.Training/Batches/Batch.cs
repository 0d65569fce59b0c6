namespace Dml.Training.Batches;

/// <summary>One training batch as the data side hands it over: bytes, because the network normalises cheaper than the loader.</summary>
/// <param name="Rgb">Interleaved RGB, shape [count, side, side, 3] in row-major order, 0..255. The trainer only reads it. Empty where there are features.</param>
/// <param name="Labels">Shape [count]; dense class numbers 0..<see cref="IBatchSource.ClassCount"/>-1.</param>
/// <param name="Pictures">Shape [count]; which training picture each one is, from 0.</param>
public sealed record Batch(byte[] Rgb, long[] Labels, int[] Pictures)
{
    /// <summary>What the backbone, which does not learn, makes of the pictures: pooled features, [count, feature dimension]. Null where it has to look at them itself.</summary>
    public float[]? Features { get; init; }
}
