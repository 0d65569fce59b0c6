namespace Dml.Training.Evaluation;

/// <summary>
/// Anything that turns pictures into vectors: the network in training, an exported embedder, a frozen pretrained network.
/// </summary>
public interface IPictureEmbedder
{
    /// <summary>Side of the pictures it takes, in pixels.</summary>
    int InputSize { get; }

    /// <summary>Length of a vector.</summary>
    int Dimension { get; }

    /// <summary>Embeds a batch; it normalises the pixels itself.</summary>
    /// <param name="rgb">Interleaved RGB, [count, InputSize, InputSize, 3], 0..255.</param>
    /// <param name="count">Pictures.</param>
    /// <param name="vectors">Unit vectors, [count, Dimension], written here.</param>
    void Embed(ReadOnlySpan<byte> rgb, int count, Span<float> vectors);
}
