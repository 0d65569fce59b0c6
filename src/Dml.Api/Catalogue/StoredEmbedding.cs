namespace Dml.Api.Catalogue;

internal readonly record struct StoredEmbedding(long Key, float[] Vector);

/// <summary>Embeddings that follow one another in the order of their sequence numbers.</summary>
/// <param name="Rows">At least one.</param>
/// <param name="Whole">A sequence number; the embeddings up to it are in this page or in an earlier one.</param>
internal sealed record EmbeddingPage(IReadOnlyList<StoredEmbedding> Rows, long Whole);
