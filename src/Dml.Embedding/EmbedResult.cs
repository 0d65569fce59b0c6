namespace Dml.Embedding;

/// <summary>The result for one picture: a vector or an error.</summary>
/// <param name="Vector">The embedding, of length one; null if the picture was refused.</param>
/// <param name="Info">Format and size from the picture's header; empty if it could not be read.</param>
/// <param name="Error">Why the picture was refused; otherwise null.</param>
/// <param name="DecodeMilliseconds">Time for decoding, resizing and normalising.</param>
/// <param name="EmbedMilliseconds">Time in the network.</param>
public readonly record struct EmbedResult(
    float[]? Vector, PictureInfo Info, PictureError? Error, double DecodeMilliseconds, double EmbedMilliseconds)
{
    /// <summary>Its share of the workers' time: decoding, and its part of the batch that it was in.</summary>
    public double WorkMilliseconds { get; init; }
}
