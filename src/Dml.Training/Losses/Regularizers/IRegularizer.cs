using static TorchSharp.torch;

namespace Dml.Training.Losses.Regularizers;

/// <summary>A cost of the embeddings or of the classes' vectors themselves, whatever the loss.</summary>
public interface IRegularizer
{
    /// <summary>Whether the cost is of the classes' vectors, which not every loss has.</summary>
    bool NeedsClassVectors => false;

    /// <summary>The cost, a scalar.</summary>
    /// <param name="rows">Embeddings of any length, [batch, dimension].</param>
    /// <param name="classVectors">The loss's vectors of the classes, [vectors, dimension]; null if it has none.</param>
    Tensor Cost(Tensor rows, Tensor? classVectors);
}
