using Dml.Embedding;
using Dml.Training.Export;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// The network in front of the embedding head. Input [batch, 3, side, side], normalised as <see cref="Preprocessing"/> says;
/// output a feature map [batch, <see cref="OutputDimension"/>, h, w] or, for transformers, one vector [batch, <see cref="OutputDimension"/>].
/// </summary>
public abstract class Backbone : nn.Module<Tensor, Tensor>
{
    /// <summary>Names the module.</summary>
    protected Backbone(string name) : base(name) { }

    /// <summary>Channels of the feature map, or length of the vector.</summary>
    public abstract int OutputDimension { get; }

    /// <summary>Height and width of the feature map; 0 where the output is a vector.</summary>
    public int FeatureMapSide { get; protected set; }

    /// <summary>Whether the output is a map that the head has to pool.</summary>
    public bool GivesFeatureMap => FeatureMapSide > 0;

    /// <summary>Input side and normalisation that the published weights were made for.</summary>
    public abstract Preprocessing Preprocessing { get; }

    /// <summary>Names of parameters that weight decay must spare besides those of one dimension.</summary>
    public virtual IReadOnlyList<string> WithoutWeightDecay => [];

    /// <summary>Puts the layers that stay frozen back into evaluation mode; to be called after <c>train()</c>.</summary>
    public virtual void KeepFrozen() { }

    /// <summary>Writes the same computation into an ONNX graph.</summary>
    /// <param name="graph">The graph to add to.</param>
    /// <param name="input">Name of the value that holds the pixels.</param>
    /// <returns>Name of the value that holds the output.</returns>
    public abstract string Export(OnnxGraph graph, string input);
}
