using Dml.Training.Export;
using static TorchSharp.torch;

namespace Dml.Training.Heads;

/// <summary>What comes behind the backbone: feature map or token to the embedding [batch, <see cref="Dimension"/>].</summary>
public abstract class EmbeddingHead : nn.Module<Tensor, Tensor>
{
    /// <summary>Names the module.</summary>
    protected EmbeddingHead(string name) : base(name) { }

    /// <summary>Length of the embedding.</summary>
    public abstract int Dimension { get; }

    /// <summary>Whether every embedding has length 1, which the search service needs.</summary>
    public virtual bool GivesUnitVectors => true;

    /// <summary>Writes the same computation into an ONNX graph and returns the name of its result.</summary>
    internal abstract string Export(OnnxGraph graph, string input);
}
