namespace Dml.Embedding;

/// <summary>What became of one picture: a vector or an error.</summary>
/// <param name="Vector">The embedding, of length one; null when the picture was refused.</param>
/// <param name="Info">What the picture's header says; empty when it could not be read.</param>
/// <param name="Error">Why the picture was refused, else null.</param>
/// <param name="DecodeMilliseconds">Time for decoding, resizing and normalising.</param>
/// <param name="EmbedMilliseconds">Time in the network.</param>
public readonly record struct EmbedResult(
    float[]? Vector, PictureInfo Info, PictureError? Error, double DecodeMilliseconds, double EmbedMilliseconds);
