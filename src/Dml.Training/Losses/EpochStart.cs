using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>Where training stands before an epoch; a loss or a sampler that follows the whole training set looks here.</summary>
/// <param name="epoch">The epoch that begins, from 0.</param>
/// <param name="epochs">Epochs of the whole run.</param>
/// <param name="embed">Embeds every training picture as it is.</param>
public sealed class EpochStart(int epoch, int epochs, Func<Tensor> embed)
{
    private readonly Lazy<Tensor> _embeddings = new(embed);

    /// <summary>The epoch that begins, from 0.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>Epochs of the whole run.</summary>
    public int Epochs { get; } = epochs;

    /// <summary>
    /// Embeddings of all training pictures in their order, not augmented, by the network in evaluation mode; not normalised, without gradient,
    /// shape [pictures, dimension]. Costs a pass over the pictures when first asked for. Depends on the weights alone, so a resumed run sees the same. Disposed when the epoch has begun.
    /// </summary>
    public Tensor Embeddings => _embeddings.Value;
}
