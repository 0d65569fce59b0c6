using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Heads;
using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Network;

/// <summary>Backbone and head: normalised pixels [batch, 3, side, side] to unit vectors [batch, <see cref="Dimension"/>].</summary>
public sealed class EmbeddingNetwork : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "backbone")]
    private readonly Backbone _backbone;
    [ComponentName(Name = "head")]
    private readonly EmbeddingHead _head;

    /// <summary>Joins the two; their parameters are named <c>backbone.…</c> and <c>head.…</c>.</summary>
    public EmbeddingNetwork(Backbone backbone, EmbeddingHead head) : base(nameof(EmbeddingNetwork))
    {
        _backbone = backbone;
        _head = head;
        RegisterComponents();
    }

    /// <summary>The network that a recipe describes.</summary>
    /// <param name="backbone">A line of <see cref="BackboneCatalogue"/>.</param>
    /// <param name="head">A line of <see cref="HeadCatalogue"/>.</param>
    /// <param name="seed">Seed of all initial weights.</param>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    public static EmbeddingNetwork Create(MethodChoice backbone, MethodChoice head, int seed)
    {
        var initializer = new Initializer(seed);
        var body = BackboneCatalogue.Create(backbone.Name, backbone.Options, initializer);
        return new EmbeddingNetwork(body, HeadCatalogue.Create(head, body, initializer));
    }

    /// <summary>A backbone with a linear head.</summary>
    /// <param name="backbone">A name of <see cref="BackboneCatalogue"/>.</param>
    /// <param name="backboneOptions">Members that differ from the backbone's defaults.</param>
    /// <param name="headOptions">Members that differ from <see cref="LinearHead.Options"/>.</param>
    /// <param name="seed">Seed of all initial weights.</param>
    /// <exception cref="RecipeException">Unknown name or option, or a value out of range.</exception>
    public static EmbeddingNetwork Create(string backbone, JsonObject? backboneOptions, JsonObject? headOptions, int seed) =>
        Create(new(backbone) { Options = backboneOptions ?? [] }, new(HeadCatalogue.Default) { Options = headOptions ?? [] }, seed);

    /// <summary>The part in front of the head.</summary>
    public Backbone Backbone => _backbone;

    /// <summary>The part that makes the embedding.</summary>
    public EmbeddingHead Head => _head;

    /// <summary>Length of the embedding.</summary>
    public int Dimension => _head.Dimension;

    /// <summary>How pixels must be prepared; goes into the embedder's manifest.</summary>
    public Preprocessing Preprocessing => _backbone.Preprocessing;

    /// <summary>The device that holds the weights.</summary>
    internal Device Device => parameters().First().device;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return _head.call(_backbone.call(input)).MoveToOuterDisposeScope();
    }

    /// <summary>Switches between training and evaluation; frozen layers stay in evaluation mode.</summary>
    public void SetTraining(bool on)
    {
        train(on);
        if (on)
        {
            _backbone.KeepFrozen();
        }
    }

    /// <summary>
    /// Unit vectors of whole pictures, with the network as it is: in evaluation mode a picture's vector does not depend on its batch.
    /// </summary>
    /// <param name="rgb">Interleaved RGB, shape [batch, side, side, 3].</param>
    /// <param name="bfloat16">Run the layers in bfloat16: faster, and off by some thousandths.</param>
    /// <returns>Shape [batch, <see cref="Dimension"/>], row-major.</returns>
    public float[] Embed(byte[] rgb, bool bfloat16 = false)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var input = new PixelInput(Preprocessing, channelsLast: true).ToTensor(rgb, Device);
        using var precision = Precision.Enter(bfloat16, Device);
        return call(input).ToFloats();
    }

    /// <summary>Unit vectors of pooled features, by the head alone.</summary>
    /// <param name="features">Shape [batch, the head's feature dimension], row-major.</param>
    /// <returns>Shape [batch, <see cref="Dimension"/>], row-major.</returns>
    public float[] EmbedFeatures(float[] features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return _head.Embed(tensor(features, [features.Length / _head.FeatureDimension, _head.FeatureDimension]).to(Device)).ToFloats();
    }

    /// <summary>Writes the computation from pixels to unit vectors into a graph and returns the name of its result.</summary>
    internal string Export(OnnxGraph graph, string input) => _head.Export(graph, _backbone.Export(graph, input));
}
