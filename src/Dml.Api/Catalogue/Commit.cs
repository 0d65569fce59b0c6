namespace Dml.Api.Catalogue;

/// <summary>What one transaction did: changes in the order of their sequence numbers, and the generation that it made active.</summary>
internal sealed record Commit(IReadOnlyList<CommittedChange> Changes, int? Activated);
