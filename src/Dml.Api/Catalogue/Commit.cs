namespace Dml.Api.Catalogue;

/// <summary>
/// The effect of one transaction: changes in the order of their sequence numbers, and the generation that it activated, if
/// any.
/// </summary>
internal sealed record Commit(IReadOnlyList<CommittedChange> Changes, int? Activated);
