using Dml.Embedding;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// The network in front of the embedding head. Input [batch, 3, side, side], normalised as <see cref="Preprocessing"/> says;
/// output a feature map [batch, <see cref="OutputDimension"/>, h, w] or, for transformers, one vector [batch,
/// <see cref="OutputDimension"/>].
/// </summary>
public abstract class Backbone : nn.Module<Tensor, Tensor>
{
    private readonly HashSet<BatchNorm2d> _frozenNorms = [];
    private bool _frozen;

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

    /// <summary>What can be frozen, from the input on: each entry begins the names of one stage's tensors.</summary>
    public abstract IReadOnlyList<string> Stages { get; }

    /// <summary>
    /// Prefixes of names, with <c>_</c> for <c>.</c> and <c>/</c>, of tensors in published files that this backbone does not have:
    /// the classifier, and stages that its options leave out.
    /// </summary>
    public abstract IReadOnlyList<string> NotLoaded { get; }

    /// <summary>Names of parameters without weight decay, in addition to those of one dimension.</summary>
    public virtual IReadOnlyList<string> WithoutWeightDecay => [];

    /// <summary>Keeps the first stages as they are: their parameters do not learn, their batch norms keep their statistics.</summary>
    /// <param name="count">Stages from the input on, 0 to the length of <see cref="Stages"/>.</param>
    /// <exception cref="RecipeException">There are fewer stages.</exception>
    public void FreezeStages(int count)
    {
        if (count < 0 || count > Stages.Count)
        {
            throw new RecipeException(
                $"This backbone has {Stages.Count} stages that can be frozen ({string.Join(", ", Stages)}); {count} were asked for.");
        }

        var stages = Stages.Take(count).ToList();
        foreach (var (name, parameter) in named_parameters().Where(p => Begins(p.name, stages)))
        {
            parameter.requires_grad = false;
        }

        _frozenNorms.UnionWith(named_modules().Where(m => Begins(m.name, stages)).Select(m => m.module).OfType<BatchNorm2d>());
    }

    /// <summary>Keeps all of it as it is: nothing in it learns, and it computes the same in training as in evaluation.</summary>
    public void Freeze()
    {
        _frozen = true;
        foreach (var parameter in parameters())
        {
            parameter.requires_grad = false;
        }
    }

    /// <summary>Keeps scales, shifts and statistics of all batch norms as they are.</summary>
    public void FreezeBatchNorms()
    {
        _frozenNorms.UnionWith(modules().OfType<BatchNorm2d>());
        foreach (var parameter in _frozenNorms.SelectMany(norm => norm.parameters()))
        {
            parameter.requires_grad = false;
        }
    }

    /// <summary>Puts the layers that stay frozen back into evaluation mode; to be called after <c>train()</c>.</summary>
    public void KeepFrozen()
    {
        if (_frozen)
        {
            eval();
        }

        foreach (var norm in _frozenNorms)
        {
            norm.eval();
        }
    }

    /// <summary>Writes the same computation into an ONNX graph.</summary>
    /// <param name="graph">The graph to add to.</param>
    /// <param name="input">Name of the value that holds the pixels.</param>
    /// <returns>Name of the value that holds the output.</returns>
    public abstract string Export(OnnxGraph graph, string input);

    private static bool Begins(string name, IEnumerable<string> beginnings) =>
        beginnings.Any(b => name.StartsWith(b, StringComparison.Ordinal));
}
