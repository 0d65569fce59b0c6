namespace Dml.Api.Configuration;

/// <summary>An options class that is bound to a section of the configuration.</summary>
internal sealed record BoundOptions(Type Type);
