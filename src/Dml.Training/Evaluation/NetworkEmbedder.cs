using Dml.Training.Network;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Evaluation;

/// <summary>A network in evaluation mode, in single precision or in bfloat16.</summary>
/// <param name="network">Owned by the caller, in evaluation mode.</param>
/// <param name="bfloat16">Run the layers in bfloat16: faster where training is.</param>
internal sealed class NetworkEmbedder(EmbeddingNetwork network, bool bfloat16) : IPictureEmbedder
{
    private readonly PixelInput _pixels = new(network.Preprocessing, channelsLast: true);

    public EmbeddingNetwork Network => network;

    public int InputSize => network.Preprocessing.InputSize;

    public int Dimension => network.Dimension;

    public void Embed(ReadOnlySpan<byte> rgb, int count, Span<float> vectors)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var precision = Precision.Enter(bfloat16, network.Device);
        network.call(_pixels.ToTensor(rgb.ToArray(), network.Device)).ToFloats().CopyTo(vectors);
    }
}
