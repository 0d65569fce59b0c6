namespace Dml.Training.Evaluation;

/// <summary>Anything that turns normalised pixels into vectors: the network in training, an exported embedder, a frozen pretrained network.</summary>
public interface IPixelEmbedder
{
    /// <summary>Length of a vector.</summary>
    int Dimension { get; }

    /// <summary>Embeds a batch.</summary>
    /// <param name="pixels">Normalised pixels, [batch, 3, S, S].</param>
    /// <param name="batch">Pictures.</param>
    /// <param name="vectors">Unit vectors, [batch, Dimension], written here.</param>
    void Embed(ReadOnlySpan<float> pixels, int batch, Span<float> vectors);
}
