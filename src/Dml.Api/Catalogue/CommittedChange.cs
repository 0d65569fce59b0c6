namespace Dml.Api.Catalogue;

/// <summary>What a commit did to one item's embedding: written, or (null) deleted with its item.</summary>
internal readonly record struct CommittedChange(long Sequence, long Key, EmbeddedVector? Embedding);
