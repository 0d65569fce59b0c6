namespace Dml.Api.Catalogue;

/// <summary>A unit vector and the fingerprint of its embedder.</summary>
internal sealed record EmbeddedVector(string Fingerprint, float[] Vector);
