using Dml.Training.Backbones;
using Dml.Training.Heads;
using Dml.Training.Network;
using Dml.Training.Numerics;

namespace Dml.Training.Runs;

/// <summary>Where a map on top of an embedder begins before it has learnt anything.</summary>
internal static class ClosedForm
{
    /// <summary>
    /// Begins the map with whitening within classes. One on top of an embedder that ends with a map already begins as the identity:
    /// whitening what was whitened would go on and on. Without effect where the head is no map.
    /// </summary>
    /// <param name="network">The embedder and the map.</param>
    /// <param name="vectors">Gives [pictures, dimension], row-major; asked only if they are needed.</param>
    /// <param name="labels">The class of each vector, from 0.</param>
    public static void Begin(EmbeddingNetwork network, Func<float[]> vectors, IReadOnlyList<int> labels)
    {
        if (network is { Head: VectorHead head, Backbone: EmbedderBackbone { HasMap: false } })
        {
            head.Begin(WithinClassWhitening.Fit(vectors(), head.Dimension, labels));
        }
    }
}
