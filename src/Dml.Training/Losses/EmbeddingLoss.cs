using Dml.Training.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>A loss on a batch of embeddings. Its own parameters, if any, are proxies: learned with the network, dropped after training.</summary>
public abstract class EmbeddingLoss : nn.Module
{
    /// <summary>Names the loss and fixes how many classes and dimensions it accepts.</summary>
    protected EmbeddingLoss(string name, LossShape shape) : base(name) => Shape = shape;

    /// <summary>What the loss was built for.</summary>
    public LossShape Shape { get; }

    /// <summary>The loss's own parameters learn this many times faster than the network.</summary>
    public virtual double ProxyLearningRateFactor => 1;

    /// <summary>The factor of one of the loss's own parameters, by its name in the loss.</summary>
    public virtual double LearningRateFactorOf(string parameter) => ProxyLearningRateFactor;

    /// <summary>Called once, before training and before a checkpoint is read: a loss that keeps tensors as large as the network's makes its buffers here.</summary>
    public virtual void Attach(EmbeddingNetwork network) { }

    /// <summary>Called before every epoch, after a resume too. Tensors made here are disposed afterwards unless moved out of the scope; what is kept from here must follow from <paramref name="start"/> or lie in the loss's buffers, which a checkpoint holds.</summary>
    public virtual void BeginEpoch(EpochStart start) { }

    /// <summary>Called between <c>backward()</c> and the optimiser's step, for methods that change gradients.</summary>
    public virtual void AfterBackward(EmbeddingNetwork network) { }

    /// <summary>Proxies or a classifier's weights: one row a class, [classes, dimension].</summary>
    private protected Parameter RowPerClass(Action<Tensor> initialize)
    {
        var rows = nn.Parameter(zeros(Shape.Classes, Shape.Dimension));
        initialize(rows);
        return rows;
    }

    /// <summary>The loss of embeddings alone; for losses that look at nothing else.</summary>
    /// <param name="embeddings">Shape [batch, dimension]; raw or unit rows, a loss that needs unit rows normalises.</param>
    /// <param name="labels">Shape [batch], 0..classes-1.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or a label out of range.</exception>
    public Tensor Compute(Tensor embeddings, long[] labels) => Compute(new LossBatch(embeddings, labels));

    /// <summary>The loss of one batch, a scalar of the embeddings' type; zero for an empty batch.</summary>
    /// <exception cref="ArgumentException">Shapes do not fit, or a label out of range.</exception>
    public Tensor Compute(LossBatch batch)
    {
        var (embeddings, labels) = batch;
        var shape = embeddings.shape;
        if (shape.Length != 2 || shape[1] != Shape.Dimension)
        {
            throw new ArgumentException($"The loss wants embeddings [batch, {Shape.Dimension}], got [{string.Join(", ", shape)}].", nameof(batch));
        }

        if (labels.Length != shape[0])
        {
            throw new ArgumentException($"The loss wants one label an embedding, got {labels.Length} labels for {shape[0]} embeddings.", nameof(batch));
        }

        foreach (var label in labels)
        {
            if (label < 0 || label >= Shape.Classes)
            {
                throw new ArgumentException($"The loss knows classes 0..{Shape.Classes - 1}, got label {label}.", nameof(batch));
            }
        }

        if (batch.Pictures.Length > 0 && batch.Pictures.Length != labels.Length)
        {
            throw new ArgumentException($"The loss wants one picture number an embedding, got {batch.Pictures.Length} for {labels.Length}.", nameof(batch));
        }

        // Connected to the embeddings, so that backward() works for an empty batch as for any other.
        return labels.Length == 0 ? embeddings.sum() : Loss(batch);
    }

    /// <summary>The formula; shapes and labels are already checked and the batch is not empty.</summary>
    protected abstract Tensor Loss(LossBatch batch);
}
