namespace Dml.Api.Catalogue;

internal readonly record struct StoredEmbedding(long Key, float[] Vector);
