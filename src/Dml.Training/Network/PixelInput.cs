using Dml.Embedding;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Network;

/// <summary>
/// Picture bytes to the network's input. The same arithmetic as <see cref="Preprocessing.Normalize"/>, on libtorch's side:
/// a quarter of the bytes is copied, and interleaved bytes already have the channels-last layout that convolutions run fastest on.
/// </summary>
internal sealed class PixelInput
{
    private readonly Preprocessing _preprocessing;
    private readonly bool _channelsLast;

    internal PixelInput(Preprocessing preprocessing, bool channelsLast)
    {
        _preprocessing = preprocessing;
        _channelsLast = channelsLast;
    }

    /// <summary>Bytes [batch, side, side, 3] to floats [batch, 3, side, side].</summary>
    /// <exception cref="ArgumentException">The bytes are not a whole number of pictures.</exception>
    internal Tensor ToTensor(byte[] rgb, Device device)
    {
        var side = _preprocessing.InputSize;
        if (rgb.Length == 0 || rgb.Length % _preprocessing.PixelBytes != 0)
        {
            throw new ArgumentException(
                $"Expected whole pictures of {side} x {side} x 3 = {_preprocessing.PixelBytes} bytes, got {rgb.Length} bytes.",
                nameof(rgb));
        }

        using var scope = NewDisposeScope();
        var bytes = torch.tensor(rgb, [rgb.Length / _preprocessing.PixelBytes, side, side, 3]).to(device);
        if (_preprocessing.Channels == ChannelOrder.Bgr)
        {
            bytes = bytes.flip(3);
        }

        var scale = torch.tensor(_preprocessing.Std.Select(std => 1 / (255 * std)).ToArray()).to(device);
        var shift = torch.tensor(_preprocessing.Mean.Zip(_preprocessing.Std, (mean, std) => -mean / std).ToArray()).to(device);
        var planes = ((bytes.to(float32) * scale) + shift).permute(0, 3, 1, 2);
        return (_channelsLast ? planes : planes.contiguous()).MoveToOuterDisposeScope();
    }
}
