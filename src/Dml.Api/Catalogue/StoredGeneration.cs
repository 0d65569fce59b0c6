namespace Dml.Api.Catalogue;

/// <summary>A row of the generations' history; the newest is the active one.</summary>
internal sealed record StoredGeneration(int Number, string Model, string Fingerprint, int Dimension, DateTimeOffset CreatedAt);
