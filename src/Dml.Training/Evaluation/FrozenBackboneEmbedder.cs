using Dml.Embedding;
using Dml.Training.Backbones;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Evaluation;

/// <summary>A backbone with published weights and no head: the feature itself, pooled where it is a map, made a unit vector. What a trained embedder has to beat.</summary>
/// <param name="backbone">In evaluation mode; stays with the caller.</param>
internal sealed class FrozenBackboneEmbedder(Backbone backbone) : IPictureEmbedder
{
    private readonly PixelInput pixels = new(backbone.Preprocessing, channelsLast: true);

    public int InputSize => backbone.Preprocessing.InputSize;

    public int Dimension => backbone.OutputDimension;

    public Preprocessing Preprocessing => backbone.Preprocessing;

    public void Embed(ReadOnlySpan<byte> rgb, int count, Span<float> vectors)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var feature = backbone.call(pixels.ToTensor(rgb.ToArray(), torch.CPU));
        if (backbone.GivesFeatureMap)
        {
            feature = feature.mean([2L, 3L]);
        }
        nn.functional.normalize(feature, 2.0, 1).ToFloats().CopyTo(vectors);
    }
}
