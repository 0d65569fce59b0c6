using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Evaluation;

/// <summary>A network that embeds by <see cref="InferenceStrategies"/>.</summary>
internal sealed class InferenceEmbedder : IPictureEmbedder
{
    private readonly EmbeddingNetwork network;
    private readonly InferenceStrategies strategies;
    private readonly PixelInput pixels;

    /// <param name="network">In evaluation mode; stays with the caller.</param>
    /// <param name="strategies">What it does differently.</param>
    /// <exception cref="RecipeException">Mixed pooling for a network that has no feature map, or whose head does not pool it to one value a channel.</exception>
    public InferenceEmbedder(EmbeddingNetwork network, InferenceStrategies strategies)
    {
        if (strategies.Pooling is not null && (network.Backbone is not LayeredBackbone || network.Head.FeatureDimension != network.Backbone.OutputDimension))
        {
            throw new RecipeException(
                $"--pool wants a backbone that ends in a feature map (googlenet, googlenet-caffe, bn-inception) and a head that pools each of its channels to one value; this network has {network.Backbone.GetName()} with {network.Backbone.OutputDimension} channels and a head that takes {network.Head.FeatureDimension} values.");
        }
        (this.network, this.strategies, pixels) = (network, strategies, new(network.Preprocessing, channelsLast: true));
    }

    public int InputSize => network.Preprocessing.InputSize;

    public int Dimension => network.Dimension;

    public void Embed(ReadOnlySpan<byte> rgb, int count, Span<float> vectors)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var input = pixels.ToTensor(rgb.ToArray(), network.Device);
        var embeddings = Project(input);
        if (strategies.Mirror)
        {
            embeddings = (embeddings + Project(input.flip(3))) / 2;
        }
        if (strategies.Beta is { } beta)
        {
            network.Head.Join(embeddings).ToFloats().CopyTo(vectors);
            BetaNormalization.Apply(vectors, Dimension, beta);
        }
        else
        {
            network.Head.Finish(embeddings).ToFloats().CopyTo(vectors);
        }
    }

    private Tensor Project(Tensor input)
    {
        using var scope = NewDisposeScope();
        var feature = strategies.Pooling is { } pooling
            ? pooling.Pool(((LayeredBackbone)network.Backbone).BeforeLastRelu(input))
            : network.Head.Pool(network.Backbone.call(input));
        return network.Head.Project(feature).MoveToOuterDisposeScope();
    }
}
