using Dml.Training.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>
/// A loss on a batch of embeddings. Its parameters, if any, such as proxies, are learned with the network and dropped after training.
/// </summary>
public abstract class EmbeddingLoss : nn.Module
{
    private Parameter? _classVectors;

    /// <summary>Names the loss and sets the number of classes and dimensions that it accepts.</summary>
    protected EmbeddingLoss(string name, LossShape shape) : base(name) => Shape = shape;

    /// <summary>The shape that the loss was built for.</summary>
    public LossShape Shape { get; }

    /// <summary>Learning rate of the loss's own parameters as a multiple of the network's.</summary>
    public virtual double ProxyLearningRateFactor => 1;

    /// <summary>The learning rate factor of one of the loss's own parameters, by its name in the loss.</summary>
    public virtual double LearningRateFactorOf(string parameter) => ProxyLearningRateFactor;

    /// <summary>
    /// Called once, before training and before a checkpoint is read. A loss that keeps tensors as large as the network's creates its
    /// buffers here.
    /// </summary>
    public virtual void Attach(EmbeddingNetwork network) { }

    /// <summary>
    /// Called before every epoch, also after a resume. Tensors created here are disposed afterwards unless moved out of the scope; state
    /// kept from here must follow from <paramref name="start"/> or be in the loss's buffers, which a checkpoint contains.
    /// </summary>
    public virtual void BeginEpoch(EpochStart start) { }

    /// <summary>Called between <c>backward()</c> and the optimizer's step, for methods that change gradients.</summary>
    public virtual void AfterBackward(EmbeddingNetwork network) { }

    /// <summary>
    /// The learned vectors of the classes, such as proxies, [classes or a multiple of it, dimension]; null if the loss has none.
    /// </summary>
    internal virtual Tensor? ClassVectors => _classVectors;

    /// <summary>Whether the loss compares the batch's rows with rows that are no anchors: <see cref="LossBatch.Anchors"/>.</summary>
    public virtual bool TakesReferences => false;

    /// <summary>Creates proxies or the weights of a classifier: some rows per class, shape [classes x rows, dimension].</summary>
    private protected Parameter RowPerClass(Action<Tensor> initialize, int rowsOfClass = 1)
    {
        var rows = nn.Parameter(zeros(Shape.Classes * rowsOfClass, Shape.Dimension));
        initialize(rows);
        _classVectors = rows;
        return rows;
    }

    /// <summary>The loss of one batch, for losses that need only embeddings and labels.</summary>
    /// <param name="embeddings">Shape [batch, dimension]; rows of any length, since a loss that needs unit rows scales them.</param>
    /// <param name="labels">Shape [batch], values 0 to classes - 1.</param>
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
            var actual = string.Join(", ", shape);
            throw new ArgumentException($"The loss expects embeddings [batch, {Shape.Dimension}], got [{actual}].", nameof(batch));
        }

        if (labels.Length != shape[0])
        {
            throw new ArgumentException(
                $"The loss expects one label per embedding, got {labels.Length} labels for {shape[0]} embeddings.", nameof(batch));
        }

        foreach (var label in labels)
        {
            if (label < 0 || label >= Shape.Classes)
            {
                throw new ArgumentException($"The loss has the classes 0 to {Shape.Classes - 1}, got label {label}.", nameof(batch));
            }
        }

        if (batch.Pictures.Length > 0 && batch.Pictures.Length != labels.Length)
        {
            throw new ArgumentException(
                $"The loss expects one picture number per embedding, got {batch.Pictures.Length} for {labels.Length}.", nameof(batch));
        }

        if (batch.Anchors < 0 || batch.Anchors > labels.Length || (batch.Anchors < labels.Length && !TakesReferences))
        {
            throw new ArgumentException(
                $"The loss compares the rows of a batch with each other, got {batch.Anchors} anchors of {labels.Length} rows.",
                nameof(batch));
        }

        // Connected to the embeddings, so that backward() also works for an empty batch.
        return labels.Length == 0 ? embeddings.sum() : Loss(batch);
    }

    /// <summary>The formula. Shapes and labels have been checked, and the batch is not empty.</summary>
    protected abstract Tensor Loss(LossBatch batch);
}
