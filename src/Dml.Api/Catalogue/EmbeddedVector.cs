namespace Dml.Api.Catalogue;

/// <summary>A unit vector and the fingerprint of the embedder that it comes from.</summary>
internal sealed record EmbeddedVector(string Fingerprint, float[] Vector);
