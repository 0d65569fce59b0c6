using Dml.Embedding;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// Picture bytes to the network's input. The same arithmetic as <see cref="Preprocessing.Normalize"/>, on libtorch's side:
/// a quarter of the bytes cross over, and interleaved bytes already lie in the channels-last layout that convolutions run fastest on.
/// </summary>
internal sealed class PixelInput
{
    private readonly Preprocessing preprocessing;
    private readonly bool channelsLast;

    internal PixelInput(Preprocessing preprocessing, bool channelsLast)
    {
        this.preprocessing = preprocessing;
        this.channelsLast = channelsLast;
    }

    /// <summary>Bytes [batch, side, side, 3] to floats [batch, 3, side, side].</summary>
    /// <exception cref="ArgumentException">The bytes are not a whole number of pictures.</exception>
    internal Tensor ToTensor(byte[] rgb, Device device)
    {
        var side = preprocessing.InputSize;
        if (rgb.Length == 0 || rgb.Length % preprocessing.PixelBytes != 0)
        {
            throw new ArgumentException($"Expected whole pictures of {side} x {side} x 3 = {preprocessing.PixelBytes} bytes, got {rgb.Length} bytes.", nameof(rgb));
        }

        using var scope = NewDisposeScope();
        var bytes = torch.tensor(rgb, [rgb.Length / preprocessing.PixelBytes, side, side, 3]).to(device);
        if (preprocessing.Channels == ChannelOrder.Bgr)
        {
            bytes = bytes.flip(3);
        }

        var scale = torch.tensor(preprocessing.Std.Select(std => 1 / (255 * std)).ToArray()).to(device);
        var shift = torch.tensor(preprocessing.Mean.Zip(preprocessing.Std, (mean, std) => -mean / std).ToArray()).to(device);
        var planes = ((bytes.to(float32) * scale) + shift).permute(0, 3, 1, 2);
        return (channelsLast ? planes : planes.contiguous()).MoveToOuterDisposeScope();
    }
}
