using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>A loss on a batch of embeddings. Its own parameters, if any, are proxies: learned with the network, dropped after training.</summary>
public abstract class EmbeddingLoss : nn.Module
{
    /// <summary>Names the loss and fixes how many classes and dimensions it accepts.</summary>
    protected EmbeddingLoss(string name, LossShape shape) : base(name) => Shape = shape;

    /// <summary>What the loss was built for.</summary>
    public LossShape Shape { get; }

    /// <summary>The proxies learn this many times faster than the network.</summary>
    public virtual double ProxyLearningRateFactor => 1;

    /// <summary>The loss of one batch, a scalar of the embeddings' type; zero for an empty batch.</summary>
    /// <param name="embeddings">Shape [batch, dimension]; raw or unit rows, a loss that needs unit rows normalises.</param>
    /// <param name="labels">Shape [batch], 0..classes-1.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or a label out of range.</exception>
    public Tensor Compute(Tensor embeddings, long[] labels)
    {
        var shape = embeddings.shape;
        if (shape.Length != 2 || shape[1] != Shape.Dimension)
        {
            throw new ArgumentException($"The loss wants embeddings [batch, {Shape.Dimension}], got [{string.Join(", ", shape)}].", nameof(embeddings));
        }

        if (labels.Length != shape[0])
        {
            throw new ArgumentException($"The loss wants one label an embedding, got {labels.Length} labels for {shape[0]} embeddings.", nameof(labels));
        }

        foreach (var label in labels)
        {
            if (label < 0 || label >= Shape.Classes)
            {
                throw new ArgumentException($"The loss knows classes 0..{Shape.Classes - 1}, got label {label}.", nameof(labels));
            }
        }

        // Connected to the embeddings, so that backward() works for an empty batch as for any other.
        return labels.Length == 0 ? embeddings.sum() : Loss(embeddings, labels);
    }

    /// <summary>The formula; shapes and labels are already checked and the batch is not empty.</summary>
    protected abstract Tensor Loss(Tensor embeddings, long[] labels);
}
