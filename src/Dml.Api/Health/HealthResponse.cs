namespace Dml.Api.Health;

/// <summary>A probe's answer.</summary>
internal sealed record HealthResponse(string Status);
