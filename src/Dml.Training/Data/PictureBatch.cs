namespace Dml.Training.Data;

/// <summary>A mini-batch as the network takes it.</summary>
/// <param name="Pixels">Normalised pixels, [Count, 3, Size, Size], row-major; the array may be longer. Valid until the next batch is asked for.</param>
/// <param name="Labels">Class indices, [Count], each in [0, classes).</param>
/// <param name="Count">Pictures in the batch.</param>
/// <param name="Size">Side of a picture, in pixels.</param>
public sealed record PictureBatch(float[] Pixels, long[] Labels, int Count, int Size);
