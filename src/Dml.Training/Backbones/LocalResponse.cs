using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>
/// x / (1 + alpha / 5 * sum of squares over 5 neighbouring channels)^0.75: A. Krizhevsky et al., ImageNet Classification with Deep
/// Convolutional Neural Networks, NIPS 2012, section 3.3. The sum is a 1 x 1 convolution with a band of ones: libtorch's own layer pools
/// over channels as over a third dimension and takes longer than all convolutions of a GoogLeNet together.
/// </summary>
internal static class LocalResponse
{
    private const int Reach = 2;
    private const double Alpha = 1e-4;

    /// <param name="input">[batch, channels, h, w].</param>
    internal static Tensor Normalize(Tensor input)
    {
        using var scope = NewDisposeScope();
        var channels = (int)input.shape[1];
        var band = new float[channels * channels];
        for (var channel = 0; channel < channels; channel++)
        {
            var (first, last) = (Math.Max(0, channel - Reach), Math.Min(channels - 1, channel + Reach));
            band.AsSpan((channel * channels) + first, last - first + 1).Fill((float)(Alpha / ((2 * Reach) + 1)));
        }

        var weight = tensor(band, [channels, channels, 1, 1]).to(input.dtype).to(input.device);
        var divisor = F.conv2d(input * input, weight, ones([channels]).to(input.dtype).to(input.device));
        // d^-0.75 from roots: a power costs more than both.
        var root = divisor.rsqrt();
        return (input * (root * root.sqrt())).MoveToOuterDisposeScope();
    }
}
