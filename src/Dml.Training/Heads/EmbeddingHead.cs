using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Heads;

/// <summary>From the backbone's output, a feature map or a token, to the embedding [batch, <see cref="Dimension"/>].</summary>
public abstract class EmbeddingHead : nn.Module<Tensor, Tensor>
{
    /// <summary>Names the module.</summary>
    protected EmbeddingHead(string name) : base(name) { }

    /// <summary>Length of the embedding.</summary>
    public abstract int Dimension { get; }

    /// <summary>Whether every embedding has length 1, which the search service needs.</summary>
    public virtual bool GivesUnitVectors => true;

    /// <summary>Length of the pooled feature between backbone and embedding.</summary>
    public abstract int FeatureDimension { get; }

    /// <summary>How the backbone's output becomes the pooled feature; equal kinds on equal outputs give equal features.</summary>
    public abstract string FeatureKind { get; }

    /// <summary>The backbone's output to one feature [batch, <see cref="FeatureDimension"/>]; nothing in it learns.</summary>
    public abstract Tensor Pool(Tensor output);

    /// <summary>
    /// A pooled feature to what losses see, [batch, <see cref="ProjectedDimension"/>], of any length, in single precision.
    /// </summary>
    public abstract Tensor Project(Tensor feature);

    /// <summary>Length of what losses get: that of the embedding, except for heads that give losses more than is searched.</summary>
    public virtual int ProjectedDimension => Dimension;

    /// <summary>
    /// What <see cref="Project"/> gave to the embedding before it is scaled to length 1, [batch, <see cref="Dimension"/>].
    /// </summary>
    // A new tensor even where nothing is computed, so that disposing it does not dispose the other.
    public virtual Tensor Join(Tensor projected) => projected.alias();

    /// <summary>What <see cref="Project"/> gave to the finished embedding, of length 1 where <see cref="GivesUnitVectors"/>.</summary>
    public Tensor Finish(Tensor projected)
    {
        using var scope = NewDisposeScope();
        var joined = Join(projected);
        return (GivesUnitVectors ? F.normalize(joined) : joined).MoveToOuterDisposeScope();
    }

    /// <summary>A pooled feature to the finished embedding.</summary>
    public Tensor Embed(Tensor feature)
    {
        using var scope = NewDisposeScope();
        return Finish(Project(feature)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public sealed override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Embed(Pool(input)).MoveToOuterDisposeScope();
    }

    /// <summary>Writes the same computation into an ONNX graph and returns the name of its result.</summary>
    internal abstract string Export(OnnxGraph graph, string input);

    /// <summary>A linear layer whose weight is filled as told, with a bias of zero.</summary>
    private protected static Linear Layer(int from, int to, Action<Tensor> fill)
    {
        var layer = nn.Linear(from, to);
        fill(layer.weight!);
        layer.bias!.FromFloats(new float[to]);
        return layer;
    }

    /// <summary>A layer of a head in a graph; it stays in floats where the backbone is in 8 bits.</summary>
    private protected static string Export(OnnxGraph graph, Linear layer, string input) =>
        graph.Linear(input, layer.weight!.ToFloats(), layer.bias!.ToFloats());
}
