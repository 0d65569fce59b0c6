using Dml.Embedding;
using Dml.Index;

namespace Dml.Api.Models;

/// <summary>One embedder and the index of what it has embedded. A request takes it once and keeps to it.</summary>
internal sealed record Generation(int Number, Embedder Embedder, IVectorIndex Index, DateTimeOffset CreatedAt)
{
    public string Model => Embedder.Name;

    public string Fingerprint => Embedder.Fingerprint;

    public int Dimension => Embedder.Dimension;
}
