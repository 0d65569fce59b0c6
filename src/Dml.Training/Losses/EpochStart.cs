using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>The state of training before an epoch, for losses and samplers that depend on the whole training set.</summary>
/// <param name="epoch">The epoch that begins, from 0.</param>
/// <param name="epochs">Epochs of the whole run.</param>
/// <param name="embed">Embeds all training pictures without augmentation.</param>
public sealed class EpochStart(int epoch, int epochs, Func<Tensor> embed)
{
    private readonly Lazy<Tensor> _embeddings = new(embed);

    /// <summary>The epoch that begins, from 0.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>Epochs of the whole run.</summary>
    public int Epochs { get; } = epochs;

    /// <summary>
    /// Embeddings of all training pictures in order, without augmentation, by the network in evaluation mode; not normalised, without
    /// gradient, shape [pictures, dimension]. The first access costs a pass over the pictures. They depend only on the weights, so a
    /// resumed run gets the same. Disposed once the epoch has begun.
    /// </summary>
    public Tensor Embeddings => _embeddings.Value;
}
