using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Network;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Evaluation;

/// <summary>A network that embeds by <see cref="InferenceStrategies"/>.</summary>
internal sealed class InferenceEmbedder : IPictureEmbedder
{
    private readonly EmbeddingNetwork _network;
    private readonly InferenceStrategies _strategies;
    private readonly PixelInput _pixels;

    /// <param name="network">In evaluation mode; stays with the caller.</param>
    /// <param name="strategies">What it does differently.</param>
    /// <exception cref="RecipeException">
    /// Mixed pooling for a network that has no feature map, or whose head does not pool it to one value a channel.
    /// </exception>
    public InferenceEmbedder(EmbeddingNetwork network, InferenceStrategies strategies)
    {
        if (
            strategies.Pooling is not null
            && (network.Backbone is not LayeredBackbone || network.Head.FeatureDimension != network.Backbone.OutputDimension))
        {
            throw new RecipeException(
                $"--pool wants a backbone that ends in a feature map (googlenet, googlenet-caffe, bn-inception) and a head that pools "
                    + $"each of its channels to one value; this network has {network.Backbone.GetName()} with "
                    + $"{network.Backbone.OutputDimension} channels and a head that takes {network.Head.FeatureDimension} values.");
        }

        (_network, _strategies, _pixels) = (network, strategies, new(network.Preprocessing, channelsLast: true));
    }

    public int InputSize => _network.Preprocessing.InputSize;

    public int Dimension => _network.Dimension;

    public void Embed(ReadOnlySpan<byte> rgb, int count, Span<float> vectors)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var input = _pixels.ToTensor(rgb.ToArray(), _network.Device);
        var embeddings = Project(input);
        if (_strategies.Mirror)
        {
            embeddings = (embeddings + Project(input.flip(3))) / 2;
        }

        if (_strategies.Beta is { } beta)
        {
            _network.Head.Join(embeddings).ToFloats().CopyTo(vectors);
            BetaNormalization.Apply(vectors, Dimension, beta);
        }
        else
        {
            _network.Head.Finish(embeddings).ToFloats().CopyTo(vectors);
        }
    }

    private Tensor Project(Tensor input)
    {
        using var scope = NewDisposeScope();
        var feature = _strategies.Pooling is { } pooling
            ? pooling.Pool(((LayeredBackbone)_network.Backbone).BeforeLastRelu(input))
            : _network.Head.Pool(_network.Backbone.call(input));
        return _network.Head.Project(feature).MoveToOuterDisposeScope();
    }
}
