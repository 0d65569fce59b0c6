using Dml.Api.Catalogue.Filters;

namespace Dml.Api.Catalogue;

/// <summary>
/// The effect of one transaction: changes of embeddings and of what filters look at, each in their order, and the generation that it
/// activated, if any.
/// </summary>
internal sealed record Commit(IReadOnlyList<CommittedChange> Changes, IReadOnlyList<FieldChange> Fields, int? Activated);
