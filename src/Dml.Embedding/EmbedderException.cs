namespace Dml.Embedding;

/// <summary>An embedder's folder, manifest, network or execution provider cannot be used; the message says why.</summary>
public sealed class EmbedderException(string message, Exception? inner = null) : Exception(message, inner);
