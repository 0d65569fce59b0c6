namespace Dml.Api.Search;

/// <summary>A picture's unit vector, and whose it is.</summary>
internal sealed record EmbedResponse(string Model, string Fingerprint, int Dimension, float[] Vector);
