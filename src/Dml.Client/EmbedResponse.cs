namespace Dml.Client;

/// <summary>A picture's unit vector, and which embedder made it.</summary>
public sealed record EmbedResponse(string Model, string Fingerprint, int Dimension, float[] Vector);
