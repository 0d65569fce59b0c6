using Dml.Training.Network;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Evaluation;

/// <summary>What a network's head sees of pictures: the backbone's pooled feature, not scaled to length 1.</summary>
/// <param name="network">In evaluation mode; stays with the caller.</param>
/// <param name="bfloat16">Run the layers in bfloat16.</param>
internal sealed class PooledFeatureEmbedder(EmbeddingNetwork network, bool bfloat16) : IPictureEmbedder
{
    private readonly PixelInput _pixels = new(network.Preprocessing, channelsLast: true);

    public int InputSize => network.Preprocessing.InputSize;

    public int Dimension => network.Head.FeatureDimension;

    public void Embed(ReadOnlySpan<byte> rgb, int count, Span<float> vectors)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var precision = Precision.Enter(bfloat16, network.Device);
        network.Head.Pool(network.Backbone.call(_pixels.ToTensor(rgb.ToArray(), network.Device))).ToFloats().CopyTo(vectors);
    }
}
